import type { CodePoints } from '../color/color-space.ts';
import { readSequenceCodePoints } from './av1-color.ts';
import { type AvifItems, readAvifItems } from './avif-items.ts';
import { ByteReader } from './byte-reader.ts';

/**
 * Maximum derivations between the picture and its pixels: a grid or overlay, and copies. Each is declared by another
 * item, so that a loop ends here.
 */
const MAX_DERIVATIONS = 8;

/**
 * Returns the code points that an AVIF declares for its colors, or undefined. A derived picture without its own `colr`
 * property has the colors of its first input. An item without the property has the colors of its AV1 data (AV1
 * specification, 6.4.2). Throws UnreadableImageError if the `meta` box is damaged.
 */
export function readAvifCodePoints(avif: Buffer): CodePoints | undefined {
  const items = readAvifItems(avif);
  let item: number | undefined = items.primary;
  for (let derivations = 0; item !== undefined && derivations < MAX_DERIVATIONS; derivations += 1) {
    const found = readColr(items, item) ?? readConfiguration(items, item);
    if (found !== undefined) {
      return found;
    }
    item = items.inputs.get(item)?.[0];
  }
  return undefined;
}

/** Reads the first `colr` property of the type `nclx` (ISO/IEC 14496-12, 12.1.5). Ignores a truncated one. */
function readColr(items: AvifItems, item: number): CodePoints | undefined {
  const nclx = items.properties
    .get(item)
    ?.find(
      ({ type, body }) => type === 'colr' && body.length >= 8 && body.toString('latin1', 0, 4) === 'nclx',
    );
  const reader = nclx && new ByteReader(nclx.body.subarray(4));
  return reader && { primaries: reader.uint(2), transfer: reader.uint(2) };
}

/** Reads the sequence header in an item's configuration. In `av1C`, the units follow the first four bytes. */
function readConfiguration(items: AvifItems, item: number): CodePoints | undefined {
  const configuration = items.properties.get(item)?.find(({ type }) => type === 'av1C');
  return configuration && readSequenceCodePoints([configuration.body.subarray(4), items.data(item)]);
}
