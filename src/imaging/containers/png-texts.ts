/** Bytes before the first chunk. */
const SIGNATURE_BYTES = 8;
/** Bytes of a chunk's length, type and checksum. */
const CHUNK_OVERHEAD_BYTES = 12;
const TEXTS = new Set(['tEXt', 'zTXt', 'iTXt']);

/**
 * Returns a PNG without its text chunks. No rendition needs them, and libpng keeps all of them in memory, inflated to
 * up to 8 MB each. All other chunks stay, even in a damaged file. Never throws. Takes time in proportion to the
 * file's size.
 */
export function removePngTexts(png: Buffer): Buffer {
  const kept: Buffer[] = [];
  let keptFrom = 0;
  for (let offset = SIGNATURE_BYTES; offset + CHUNK_OVERHEAD_BYTES <= png.length; ) {
    const end = offset + CHUNK_OVERHEAD_BYTES + png.readUInt32BE(offset);
    if (TEXTS.has(png.toString('latin1', offset + 4, offset + 8))) {
      kept.push(png.subarray(keptFrom, offset));
      keptFrom = end;
    }
    offset = end;
  }
  return kept.length === 0 ? png : Buffer.concat([...kept, png.subarray(keptFrom)]);
}
