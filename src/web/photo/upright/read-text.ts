/** Reads bytes as Latin-1 text. Throws RangeError if the file ends first. */
export function readText(file: DataView, offset: number, length: number): string {
  return String.fromCharCode(...new Uint8Array(file.buffer, file.byteOffset + offset, length));
}
