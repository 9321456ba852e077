/** Block size in bytes. Every run of at least 31 bytes contains a whole aligned block. */
const BLOCK_BYTES = 16;
/** Blocks with fewer distinct bytes do not count: any two files may share runs of zeros or of a flat color. */
const MIN_DISTINCT_BYTES = 10;

/** Returns whether a rendition's pixel data contains a run of 31 bytes of the uploaded file. */
export function carriedOver(file: Buffer, rendition: Buffer): boolean {
  const blocks = new Set<string>();
  for (let at = 0; at + BLOCK_BYTES <= file.length; at += BLOCK_BYTES) {
    blocks.add(file.toString('latin1', at, at + BLOCK_BYTES));
  }
  const pixels = rendition.toString('latin1', startOfPixels(rendition));
  for (let at = 0; at + BLOCK_BYTES <= pixels.length; at += 1) {
    const block = pixels.slice(at, at + BLOCK_BYTES);
    if (blocks.has(block) && new Set(block).size >= MIN_DISTINCT_BYTES) {
      return true;
    }
  }
  return false;
}

/** Returns the offset after a JPEG's tables, which are the same for all encoders. */
function startOfPixels(rendition: Buffer): number {
  return rendition[0] === 0xff ? rendition.indexOf(Buffer.from('ffda', 'hex')) : 0;
}
