import sharp from 'sharp';
import { gridOfAvif } from '../../../test/hostile/files/avif.ts';

export interface GridOptions {
  /** Edge of a tile in pixels. */
  readonly tile: number;
  readonly columns: number;
  readonly rows: number;
  /** Edge of the picture in pixels. A decoder decodes the tiles outside of it and discards them. */
  readonly edge: number;
}

/** Creates an AVIF of a few kilobytes: a grid of single-color tiles (ISO/IEC 23008-12, 6.6.2.3). */
export async function avifGrid({ tile, columns, rows, edge }: GridOptions): Promise<Buffer> {
  const source = await sharp({ create: { width: tile, height: tile, channels: 3, background: '#345' } })
    .avif({ effort: 0 })
    .toBuffer();
  return gridOfAvif(source, { width: edge, height: edge, rows, columns });
}
