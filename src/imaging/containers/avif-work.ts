import { UnreadableImageError } from '../errors.ts';
import { type Av1Frames, readAv1Frames } from './av1-frames.ts';
import { type AvifItems, readAvifItems } from './avif-items.ts';
import { ByteReader } from './byte-reader.ts';

/** Width and height in pixels. */
interface Size {
  readonly width: number;
  readonly height: number;
}

/** Encoders write one frame, or a few frames of increasing quality. AV1 has at most four spatial layers. */
const MAX_FRAMES_PER_ITEM = 4;

/** Transformations of an item. MIAF (ISO/IEC 23000-22) allows each of them once. */
const TRANSFORMATIONS = new Set(['irot', 'imir', 'clap']);
/** Transformations for which a decoder copies all pixels of an item. A crop copies only the pixels that it keeps. */
const TURNS = new Set(['irot', 'imir']);
/** Derived items that copy pixels of their inputs. Their canvas has no more pixels than the inputs. */
const COPIES = new Set(['grid', 'iden']);

/** The work of decoding an AVIF, in pixels. */
export interface AvifWork {
  /** Pixels of all frames, tiles, layers and canvases. */
  readonly decoded: number;
  /** Pixels that a decoder rotates or mirrors. */
  readonly turned: number;
}

interface ItemWork extends AvifWork {
  /** Maximum pixels of the item itself, without its alpha channel. */
  readonly canvas: number;
}

/**
 * Counts the pixels that a decoder produces, rotates and mirrors for the primary item of an AVIF and its alpha
 * channel. An item that is used several times counts several times, because it is decoded each time.
 * Throws UnreadableImageError if the items contradict each other in a way that no encoder writes.
 */
export function countAvifPixels(avif: Buffer): AvifWork {
  const items = readAvifItems(avif);
  const counts = new Map<number, ItemWork>();
  const inProgress = new Set<number>();

  function count(item: number): ItemWork {
    const known = counts.get(item);
    if (known !== undefined) {
      return known;
    }
    if (inProgress.has(item)) {
      throw new UnreadableImageError();
    }
    inProgress.add(item);
    const own = countOwnPixels(items, item);
    const turns = countTurns(items, item);
    const inputs = (items.inputs.get(item) ?? []).map(count);
    const others = [...inputs, ...(items.auxiliaries.get(item) ?? []).map(count)];
    const isCopy = COPIES.has(items.types.get(item) ?? '');
    const canvas = isCopy ? sumOf(inputs, 'canvas') : own;
    const work = {
      canvas,
      decoded: own + sumOf(others, 'decoded'),
      turned: turns * canvas + sumOf(others, 'turned'),
    };
    inProgress.delete(item);
    counts.set(item, work);
    return work;
  }

  const { decoded, turned } = count(items.primary);
  return { decoded, turned };
}

function sumOf(works: readonly ItemWork[], part: keyof ItemWork): number {
  return works.reduce((sum, work) => sum + work[part], 0);
}

/** Counts how often an item is rotated or mirrored. Throws UnreadableImageError if a transformation is repeated. */
function countTurns(items: AvifItems, item: number): number {
  const types = (items.properties.get(item) ?? []).map(({ type }) => type);
  const transformations = types.filter((type) => TRANSFORMATIONS.has(type));
  if (transformations.length > new Set(transformations).size) {
    throw new UnreadableImageError();
  }
  return transformations.filter((type) => TURNS.has(type)).length;
}

/** Counts the pixels of an item without the pixels of its inputs and auxiliary items. */
function countOwnPixels(items: AvifItems, item: number): number {
  switch (items.types.get(item)) {
    case 'av01':
      return codedPixels(items, item);
    case 'grid':
      checkGrid(items, item);
      return 0;
    case 'iovl':
      return pixelsOf(overlaySize(items.data(item)));
    case 'iden':
      return 0;
    default:
      throw new UnreadableImageError();
  }
}

function codedPixels(items: AvifItems, item: number): number {
  const { count, ...coded } = codedSize(items, item);
  const declared = declaredSize(items, item);
  // AVIF 1.1, 2.2.2 requires both sizes to be equal.
  if (count > MAX_FRAMES_PER_ITEM || coded.width > declared.width || coded.height > declared.height) {
    throw new UnreadableImageError();
  }
  return count * pixelsOf(coded);
}

/** Reads the size and number of frames from the AV1 data of an item. */
function codedSize(items: AvifItems, item: number): Av1Frames {
  const properties = items.properties.get(item) ?? [];
  // In `av1C`, the units follow the first four bytes.
  const units = properties.flatMap(({ type, body }) => (type === 'av1C' ? [body.subarray(4)] : []));
  return readAv1Frames([...units, items.data(item)]);
}

/** Reads `ispe`, the size that the file declares for an item. */
function declaredSize(items: AvifItems, item: number): Size {
  const extents = items.properties.get(item)?.find(({ type }) => type === 'ispe');
  if (extents === undefined) {
    throw new UnreadableImageError();
  }
  const reader = new ByteReader(extents.body.subarray(4));
  return { width: reader.uint(4), height: reader.uint(4) };
}

/**
 * Throws UnreadableImageError unless a grid's tiles fill its canvas, and no row or column of tiles is outside the
 * canvas (ISO/IEC 23008-12, 6.6.2.3). So the canvas has no more pixels than the tiles.
 */
function checkGrid(items: AvifItems, item: number): void {
  const reader = new ByteReader(items.data(item));
  reader.uint(1);
  const numberBytes = reader.uint(1) & 1 ? 4 : 2;
  const [rows, columns] = [reader.uint(1) + 1, reader.uint(1) + 1];
  const [width, height] = [reader.uint(numberBytes), reader.uint(numberBytes)];
  const tiles = items.inputs.get(item) ?? [];
  const fits = [...new Set(tiles)].every((tile) => {
    const size = declaredSize(items, tile);
    return fills(size.width, columns, width) && fills(size.height, rows, height);
  });
  if (tiles.length !== rows * columns || !fits) {
    throw new UnreadableImageError();
  }
}

/** Returns whether `count` adjacent tiles reach the edge of a canvas, and one tile fewer does not. */
function fills(tile: number, count: number, canvas: number): boolean {
  return tile * count >= canvas && tile * (count - 1) < canvas;
}

/** Reads the size of an overlay's canvas, which follows its background color (ISO/IEC 23008-12, 6.6.2.2). */
function overlaySize(data: Buffer): Size {
  const reader = new ByteReader(data);
  reader.uint(1);
  const numberBytes = reader.uint(1) & 1 ? 4 : 2;
  reader.bytes(4 * 2);
  return { width: reader.uint(numberBytes), height: reader.uint(numberBytes) };
}

function pixelsOf({ width, height }: Size): number {
  return width * height;
}
