/** V8 stores a text that has a character beyond Latin-1 in two bytes for each UTF-16 code unit. */
const MAX_BYTES_PER_CODE_UNIT = 2;

/** Returns the bytes of memory that a text takes at most. */
export function textMemory({ length }: string): number {
  return MAX_BYTES_PER_CODE_UNIT * length;
}
