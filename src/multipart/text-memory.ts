/** V8 stores text with characters outside Latin-1 in two bytes for each UTF-16 code unit. */
const MAX_BYTES_PER_CODE_UNIT = 2;

/** Returns the maximum bytes of memory that a text takes. */
export function textMemory({ length }: string): number {
  return MAX_BYTES_PER_CODE_UNIT * length;
}
