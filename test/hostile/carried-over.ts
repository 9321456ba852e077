/** Half of the shortest run that is found for sure. */
const BLOCK_BYTES = 16;
/** Both may hold long runs of zeros, or of what little it takes to say that all is of one colour. */
const MIN_DISTINCT_BYTES = 10;

/** Whether a rendition's pixels hold a run of 31 bytes of the file that it was made of. */
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

/** Behind a JPEG's tables, which all encoders share. */
function startOfPixels(rendition: Buffer): number {
  return rendition[0] === 0xff ? rendition.indexOf(Buffer.from('ffda', 'hex')) : 0;
}
