import { UnreadableImageError } from '../errors.ts';
import { type Av1Frames, readAv1Frames } from './av1-frames.ts';
import { type AvifItems, readAvifItems } from './avif-items.ts';
import { ByteReader } from './byte-reader.ts';

/** Width and height in pixels. */
interface Size {
  readonly width: number;
  readonly height: number;
}

/** An encoder writes one frame, or a few of rising quality (AV1 has at most four spatial layers). */
const MAX_FRAMES_PER_ITEM = 4;

/** `irot`, `imir` and `clap`. MIAF (ISO/IEC 23000-22) allows each once for an item. */
const TRANSFORMATIONS = new Set(['irot', 'imir', 'clap']);
/** Transformations for which a decoder copies all pixels of an item. A crop copies no more than it keeps. */
const TURNS = new Set(['irot', 'imir']);
/** Derived items that copy pixels of their inputs. Their surface has no more pixels than the inputs. */
const COPIES = new Set(['grid', 'iden']);

/** The work of decoding an AVIF, in pixels. */
export interface AvifWork {
  /** Pixels of every frame, tile, layer and surface. */
  readonly decoded: number;
  /** Pixels that a decoder rotates or mirrors. */
  readonly turned: number;
}

interface ItemWork extends AvifWork {
  /** Maximum pixels of the item itself, without its transparency. */
  readonly surface: number;
}

/**
 * Returns how many pixels a decoder makes and turns for the primary item of an AVIF and its transparency. Counts an item
 * as often as it is used, because it is decoded as often.
 * Throws UnreadableImageError if the items contradict each other in a way that no encoder writes.
 */
export function countAvifPixels(avif: Buffer): AvifWork {
  const items = readAvifItems(avif);
  const counts = new Map<number, ItemWork>();
  const open = new Set<number>();

  function count(item: number): ItemWork {
    const known = counts.get(item);
    if (known !== undefined) {
      return known;
    }
    if (open.has(item)) {
      throw new UnreadableImageError();
    }
    open.add(item);
    const own = countOwnPixels(items, item);
    const turns = countTurns(items, item);
    const inputs = (items.inputs.get(item) ?? []).map(count);
    const others = [...inputs, ...(items.auxiliaries.get(item) ?? []).map(count)];
    const isCopy = COPIES.has(items.types.get(item) ?? '');
    const surface = isCopy ? sumOf(inputs, 'surface') : own;
    const work = {
      surface,
      decoded: own + sumOf(others, 'decoded'),
      turned: turns * surface + sumOf(others, 'turned'),
    };
    open.delete(item);
    counts.set(item, work);
    return work;
  }

  const { decoded, turned } = count(items.primary);
  return { decoded, turned };
}

function sumOf(works: readonly ItemWork[], part: keyof ItemWork): number {
  return works.reduce((sum, work) => sum + work[part], 0);
}

/** Counts an item's rotations and mirrorings. Throws UnreadableImageError if a transformation is repeated. */
function countTurns(items: AvifItems, item: number): number {
  const types = (items.properties.get(item) ?? []).map(({ type }) => type);
  const transformations = types.filter((type) => TRANSFORMATIONS.has(type));
  if (transformations.length > new Set(transformations).size) {
    throw new UnreadableImageError();
  }
  return transformations.filter((type) => TURNS.has(type)).length;
}

/** Counts the pixels of an item without those of the items that it needs. */
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
  const shown = shownSize(items, item);
  // AVIF 1.1, 2.2.2: both have the same size.
  if (count > MAX_FRAMES_PER_ITEM || coded.width > shown.width || coded.height > shown.height) {
    throw new UnreadableImageError();
  }
  return count * pixelsOf(coded);
}

/** Reads the size and number of frames from the AV1 data of an item. */
function codedSize(items: AvifItems, item: number): Av1Frames {
  const properties = items.properties.get(item) ?? [];
  // The units follow the first four bytes of `av1C`.
  const units = properties.flatMap(({ type, body }) => (type === 'av1C' ? [body.subarray(4)] : []));
  return readAv1Frames([...units, items.data(item)]);
}

/** Reads `ispe`, the size that the file declares for an item. */
function shownSize(items: AvifItems, item: number): Size {
  const extents = items.properties.get(item)?.find(({ type }) => type === 'ispe');
  if (extents === undefined) {
    throw new UnreadableImageError();
  }
  const reader = new ByteReader(extents.body.subarray(4));
  return { width: reader.uint(4), height: reader.uint(4) };
}

/**
 * Throws UnreadableImageError unless a grid's tiles fill its surface, and no row or column of them is outside of it
 * (ISO/IEC 23008-12, 6.6.2.3). So the surface has no more pixels than the tiles.
 */
function checkGrid(items: AvifItems, item: number): void {
  const reader = new ByteReader(items.data(item));
  reader.uint(1);
  const numberBytes = reader.uint(1) & 1 ? 4 : 2;
  const [rows, columns] = [reader.uint(1) + 1, reader.uint(1) + 1];
  const [width, height] = [reader.uint(numberBytes), reader.uint(numberBytes)];
  const tiles = items.inputs.get(item) ?? [];
  const fits = [...new Set(tiles)].every((tile) => {
    const size = shownSize(items, tile);
    return fills(size.width, columns, width) && fills(size.height, rows, height);
  });
  if (tiles.length !== rows * columns || !fits) {
    throw new UnreadableImageError();
  }
}

/** Returns whether `count` tiles side by side reach the edge of a surface, and one tile fewer does not. */
function fills(tile: number, count: number, surface: number): boolean {
  return tile * count >= surface && tile * (count - 1) < surface;
}

/** Reads the size of an overlay's surface, which follows its background colour (ISO/IEC 23008-12, 6.6.2.2). */
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
