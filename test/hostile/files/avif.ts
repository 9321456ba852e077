/** Returns a box of the ISO base media file format. */
export function box(type: string, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([u32(content.length + 8), Buffer.from(type, 'latin1'), content]);
}

/** Returns an AVIF that claims to have another size. */
export function claimAvifSize(avif: Buffer, width: number, height: number): Buffer {
  const claiming = Buffer.from(avif);
  for (let at = claiming.indexOf('ispe'); at !== -1; at = claiming.indexOf('ispe', at + 1)) {
    claiming.writeUInt32BE(width, at + 8);
    claiming.writeUInt32BE(height, at + 12);
  }
  return claiming;
}

export interface AvifGrid {
  /** Claimed size of the whole picture, which does not have to fit the tiles. */
  readonly width: number;
  readonly height: number;
  readonly rows: number;
  readonly columns: number;
}

/** Returns an AVIF of tiles that share the bytes and properties of one AVIF. libheif reads at most 100 properties. */
export function gridOfAvif(tile: Buffer, { width, height, rows, columns }: AvifGrid): Buffer {
  const tiles = Array.from({ length: rows * columns }, (_, index) => index + 2);
  const shared = codedItem(2, tile);
  const layout = Buffer.concat([Buffer.from([0, 1, rows - 1, columns - 1]), u32(width), u32(height)]);
  return makeAvif([
    { id: 1, type: 'grid', data: layout, properties: [sizeProperty(width, height)], inputs: tiles },
    ...tiles.map((id) => ({ ...shared, id })),
  ]);
}

/** An item of a HEIF file. */
export interface AvifItem {
  readonly id: number;
  readonly type: string;
  readonly data: Buffer;
  readonly properties: readonly Buffer[];
  /** Items that this item consists of. */
  readonly inputs?: readonly number[];
  /** ID of the item whose transparency this item contains. */
  readonly alphaOf?: number;
}

/** Returns the picture of another AVIF as an item. */
export function codedItem(id: number, avif: Buffer, data = codedData(avif)): AvifItem {
  return { id, type: 'av01', data, properties: [findBox(avif, 'ispe'), findBox(avif, 'av1C')] };
}

/** Returns an item that overlays others. */
export function overlayItem(id: number, width: number, height: number, inputs: readonly number[]): AvifItem {
  const places = Buffer.alloc(4 * inputs.length);
  const data = Buffer.concat([Buffer.alloc(10), u16(width), u16(height), places]);
  return { id, type: 'iovl', data, properties: [sizeProperty(width, height)], inputs };
}

/** Returns the AV1 data of an AVIF with one item. */
export function codedData(avif: Buffer): Buffer {
  return findBox(avif, 'mdat').subarray(8);
}

/** Returns AV1 data that repeats the only frame of `data`. libaom writes two bytes, a sequence header and the frame. */
export function repeatFrame(data: Buffer, count: number): Buffer {
  const frameAt = 4 + (data[3] ?? 0);
  return Buffer.concat([data.subarray(0, frameAt), ...Array<Buffer>(count).fill(data.subarray(frameAt))]);
}

export function sizeProperty(width: number, height: number): Buffer {
  return fullBox('ispe', 0, u32(width), u32(height));
}

/** Numerator and denominator. */
type Fraction = readonly [number, number];

export interface AvifCrop {
  readonly width: Fraction;
  readonly height: Fraction;
  /** Distances of the crop's center from the picture's center. */
  readonly right?: Fraction;
  readonly down?: Fraction;
}

/** Returns a `clap` property, which does not have to fit the picture. */
export function cropProperty({ width, height, right = [0, 1], down = [0, 1] }: AvifCrop): Buffer {
  return box('clap', ...[width, height, right, down].flat().map((value) => u32(value >>> 0)));
}

/** Flag of a property that a decoder must understand. Chromium requires it for transformations. */
const ESSENTIAL = 0x80;

function isTransformation(property: Buffer): boolean {
  return ['irot', 'imir', 'clap'].includes(property.toString('latin1', 4, 8));
}

/** Returns an AVIF of these items. The primary item is the first by default. Items with the same bytes share them. */
export function makeAvif(items: readonly AvifItem[], primary = items[0]?.id ?? 1): Buffer {
  const fileType = box('ftyp', Buffer.from('avif\0\0\0\0avifmif1miaf', 'latin1'));
  const properties = [...new Set(items.flatMap((item) => item.properties))];
  const contents = [...new Set(items.map(({ data }) => data))];
  const offsetOf = (data: Buffer) =>
    contents.slice(0, contents.indexOf(data)).reduce((sum, { length }) => sum + length, 0);
  const references = items.flatMap(({ id, inputs = [], alphaOf }) => [
    ...(inputs.length > 0 ? [box('dimg', u16(id), u16(inputs.length), ...inputs.map(u16))] : []),
    ...(alphaOf === undefined ? [] : [box('auxl', u16(id), u16(1), u16(alphaOf))]),
  ]);
  const meta = (at: number) =>
    fullBox(
      'meta',
      0,
      fullBox('hdlr', 0, Buffer.from(`\0\0\0\0pict${'\0'.repeat(13)}`, 'latin1')),
      fullBox('pitm', 0, u16(primary)),
      fullBox(
        'iloc',
        0,
        Buffer.from([0x44, 0]),
        u16(items.length),
        ...items.map(({ id, data }) =>
          Buffer.concat([u16(id), u16(0), u16(1), u32(at + offsetOf(data)), u32(data.length)]),
        ),
      ),
      fullBox(
        'iinf',
        0,
        u16(items.length),
        ...items.map(({ id, type }) =>
          fullBox('infe', 2, u16(id), u16(0), Buffer.from(`${type}\0`, 'latin1')),
        ),
      ),
      fullBox('iref', 0, ...references),
      box(
        'iprp',
        box('ipco', ...properties),
        fullBox(
          'ipma',
          0,
          u32(items.length),
          ...items.map((item) => {
            const indices = item.properties.map(
              (property) => (properties.indexOf(property) + 1) | (isTransformation(property) ? ESSENTIAL : 0),
            );
            return Buffer.concat([u16(item.id), Buffer.from([indices.length, ...indices])]);
          }),
        ),
      ),
    );
  const at = fileType.length + meta(0).length + 8;
  return Buffer.concat([fileType, meta(at), box('mdat', ...contents)]);
}

function fullBox(type: string, version: number, ...contents: readonly Uint8Array[]): Buffer {
  return box(type, Buffer.from([version, 0, 0, 0]), ...contents);
}

/** Returns the first box of a type, at any depth. */
function findBox(bytes: Buffer, type: string): Buffer {
  const at = bytes.indexOf(type, 0, 'latin1') - 4;
  return bytes.subarray(at, at + bytes.readUInt32BE(at));
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
