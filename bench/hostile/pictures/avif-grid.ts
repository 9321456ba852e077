import sharp from 'sharp';

export interface GridOptions {
  /** Edge of a tile in pixels. */
  readonly tile: number;
  readonly columns: number;
  readonly rows: number;
  /** Edge of the picture in pixels. A decoder decodes the tiles outside of it and discards them. */
  readonly edge: number;
}

/** Makes an AVIF of less than a kilobyte (ISO/IEC 23008-12, 6.6.2.3): a grid whose tiles are all the same item. */
export async function avifGrid({ tile, columns, rows, edge }: GridOptions): Promise<Buffer> {
  const source = await sharp({ create: { width: tile, height: tile, channels: 3, background: '#345' } })
    .avif({ effort: 0 })
    .toBuffer();
  const pixels = findBox(source, 'mdat').subarray(8);
  const tiles = columns * rows;
  const grid = Buffer.concat([u8(0, 1, rows - 1, columns - 1), u32(edge, edge)]);
  const properties = box(
    'iprp',
    box('ipco', size(edge), size(tile), findBox(source, 'av1C'), findBox(source, 'pixi')),
    fullBox('ipma', u32(2), u16(1), u8(2, 1, 4), u16(2), u8(3, 2, 0x83, 4)),
  );
  const metaAt = (pixelsAt: number) =>
    fullBox(
      'meta',
      fullBox('hdlr', u32(0), Buffer.from('pict'), Buffer.alloc(13)),
      fullBox('pitm', u16(1)),
      fullBox(
        'iloc',
        ...[u8(0x44, 0), u16(2)],
        ...[u16(1, 1, 0, 1), u32(0, grid.length)],
        ...[u16(2, 0, 0, 1), u32(pixelsAt, pixels.length)],
      ),
      fullBox('iinf', u32(2), item(1, 'grid'), item(2, 'av01')),
      fullBox('iref', box('dimg', u16(1, tiles), u16(...Array<number>(tiles).fill(2)))),
      properties,
      box('idat', grid),
    );
  const type = box('ftyp', Buffer.from('avif'), u32(0), Buffer.from('avifmif1miaf'));
  const pixelsAt = type.length + metaAt(0).length + 8;
  return Buffer.concat([type, metaAt(pixelsAt), box('mdat', pixels)]);
}

/** Versions of the boxes that are not of version 0. */
const VERSIONS: Readonly<Record<string, number>> = { iloc: 1, iinf: 1, infe: 2 };

function u8(...values: number[]): Buffer {
  return Buffer.from(values);
}

function u16(...values: number[]): Buffer {
  return Buffer.concat(values.map((value) => Buffer.from([value >> 8, value & 255])));
}

function u32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) {
    bytes.writeUInt32BE(value, 4 * index);
  }
  return bytes;
}

function box(type: string, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([u32(8 + body.length), Buffer.from(type), body]);
}

function fullBox(type: string, ...content: readonly Buffer[]): Buffer {
  return box(type, u8(VERSIONS[type] ?? 0, 0, 0, 0), ...content);
}

function item(id: number, type: string): Buffer {
  return fullBox('infe', u16(id, 0), Buffer.from(type), u8(0));
}

function size(edge: number): Buffer {
  return fullBox('ispe', u32(edge, edge));
}

/** Returns a box of another file, or nothing if the file has none of the type. */
function findBox(file: Buffer, type: string): Buffer {
  const start = file.indexOf(type) - 4;
  return start < 0 ? Buffer.alloc(0) : file.subarray(start, start + file.readUInt32BE(start));
}
