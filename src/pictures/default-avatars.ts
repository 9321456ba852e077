import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import { rasterize } from '../imaging/rasterize.ts';
import { RENDITION_SIZES, renditionAtLeast } from '../imaging/renditions.ts';
import { type GlyphShaper, loadGlyphShaper } from './glyph-shaper.ts';
import type { Initials } from './initials.ts';
import { drawInitialsAsPaths } from './initials-as-paths.ts';
import { drawSilhouette } from './silhouette.ts';

/**
 * Draws the avatars of users without a picture as PNG, for clients that cannot show SVG. Loads the libraries and the
 * font when it draws for the first time. The bytes depend only on the arguments.
 */
export interface DefaultAvatars {
  /**
   * Returns the initials as PNG, or the silhouette if the font has none of the letters. The edge length is the smallest
   * of RENDITION_SIZES that is at least `size`, or the largest of them. Rejects with a system error if the font or a
   * library cannot be loaded.
   */
  initials(initials: Initials, size: number): Promise<Buffer>;
  /** Returns the silhouette as PNG, in the same sizes. */
  silhouette(size: number): Promise<Buffer>;
}

/** Format of a drawn avatar. Only clients that name it in `Accept` show SVG. */
export type DrawingFormat = 'svg' | 'png';

export interface DefaultAvatarsOptions {
  /** Maximum bytes of all images in the cache. 4 MiB by default, which is about 1,500 images of 128 pixels. */
  readonly maxCacheBytes?: number;
  /** Loads the font when the first initials are drawn, and again if that failed. */
  readonly loadShaper?: () => Promise<GlyphShaper>;
}

const MAX_CACHE_BYTES = 4 * 1024 * 1024;
/** Estimated memory of an entry besides the bytes of its image. */
const ENTRY_BYTES = 1024;
/**
 * Maximum images to draw at once. A drawing occupies one of the four threads of libuv's pool, and reads of files need
 * the others. At most one image waits for each connection, and each drawing takes 1 to 4 ms.
 */
const MAX_DRAWINGS = 1;

/** Creates the cache of drawn avatars, empty. docs/decisions/initials-as-png.md explains the limits. */
export function createDefaultAvatars({
  maxCacheBytes = MAX_CACHE_BYTES,
  loadShaper = loadGlyphShaper,
}: DefaultAvatarsOptions = {}): DefaultAvatars {
  const images = new LRUCache<string, Buffer>({
    maxSize: maxCacheBytes,
    sizeCalculation: ({ length }) => length + ENTRY_BYTES,
  });
  /** Images that are being drawn, by key. */
  const drawings = new Map<string, Promise<Buffer>>();
  const whenFree = pLimit(MAX_DRAWINGS);
  let loading: Promise<GlyphShaper> | undefined;

  /** Returns an image from the cache, or draws it. Concurrent calls with the same key share one drawing. */
  async function cached(key: string, draw: () => Promise<Buffer>): Promise<Buffer> {
    return images.get(key) ?? drawings.get(key) ?? start(key, draw);
  }

  /** Draws an image, and adds it to the cache. */
  async function start(key: string, draw: () => Promise<Buffer>): Promise<Buffer> {
    const drawing = draw();
    drawings.set(key, drawing);
    try {
      const image = await drawing;
      images.set(key, image);
      return image;
    } finally {
      drawings.delete(key);
    }
  }

  function rasterizeWhenFree(svg: string): Promise<Buffer> {
    return whenFree(() => rasterize(svg));
  }

  function silhouette(edge: number): Promise<Buffer> {
    return cached(`${edge}`, () => rasterizeWhenFree(drawSilhouette(edge)));
  }

  /** Loads the shaper once. After a failure, the next call tries again. */
  function load(): Promise<GlyphShaper> {
    loading ??= loadShaper().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  }

  return {
    initials(initials, size) {
      const edge = renditionAtLeast(RENDITION_SIZES, size);
      return cached(`${edge}/${initials.color}/${initials.text}`, async () => {
        const svg = drawInitialsAsPaths(initials, edge, await load());
        return svg === undefined ? silhouette(edge) : rasterizeWhenFree(svg);
      });
    },
    silhouette: (size) => silhouette(renditionAtLeast(RENDITION_SIZES, size)),
  };
}
