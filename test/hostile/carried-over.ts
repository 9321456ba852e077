/** Block size in bytes. Every run of at least 31 bytes contains a whole aligned block. */
const BLOCK_BYTES = 16;
/** Blocks with fewer distinct bytes do not count: any two files may share runs of zeros or of a flat color. */
const MIN_DISTINCT_BYTES = 10;

/** Returns whether a rendition's pixel data contains a run of 31 bytes of the uploaded file. */
export function carriedOver(file: Buffer, rendition: Buffer): boolean {
  const blocks = new Set<string>();
  /** The first two bytes of each block. They exclude most offsets of a rendition, and are cheaper than a text. */
  const beginnings = new Uint8Array(0x1_00_00);
  for (let at = 0; at + BLOCK_BYTES <= file.length; at += BLOCK_BYTES) {
    const block = file.subarray(at, at + BLOCK_BYTES);
    if (new Set(block).size >= MIN_DISTINCT_BYTES) {
      blocks.add(block.toString('latin1'));
      beginnings[block.readUInt16BE(0)] = 1;
    }
  }
  for (let at = startOfPixels(rendition); at + BLOCK_BYTES <= rendition.length; at += 1) {
    const begins = beginnings[rendition.readUInt16BE(at)] === 1;
    if (begins && blocks.has(rendition.toString('latin1', at, at + BLOCK_BYTES))) {
      return true;
    }
  }
  return false;
}

/** Returns the offset after a JPEG's tables, which are the same for all encoders. */
function startOfPixels(rendition: Buffer): number {
  return rendition[0] === 0xff ? Math.max(0, rendition.indexOf(Buffer.from('ffda', 'hex'))) : 0;
}
