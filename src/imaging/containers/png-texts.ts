/** Bytes before the first chunk. */
const SIGNATURE_BYTES = 8;
/** Bytes of a chunk's length, type and checksum. */
const CHUNK_OVERHEAD_BYTES = 12;
const TEXTS = new Set(['tEXt', 'zTXt', 'iTXt']);

/**
 * Returns a PNG without its texts. libpng keeps all of them in memory, up to 8 MB each when it inflates them, and no
 * rendition has them. The other chunks stay, also those of a damaged file. Never throws. Takes time in proportion to the file.
 */
export function removePngTexts(png: Buffer): Buffer {
  const kept: Buffer[] = [];
  let keptFrom = 0;
  for (let at = SIGNATURE_BYTES; at + CHUNK_OVERHEAD_BYTES <= png.length; ) {
    const end = at + CHUNK_OVERHEAD_BYTES + png.readUInt32BE(at);
    if (TEXTS.has(png.toString('latin1', at + 4, at + 8))) {
      kept.push(png.subarray(keptFrom, at));
      keptFrom = end;
    }
    at = end;
  }
  return kept.length === 0 ? png : Buffer.concat([...kept, png.subarray(keptFrom)]);
}
