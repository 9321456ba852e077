/** A box of the ISO base media file format. */
export function box(type: string, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([u32(content.length + 8), Buffer.from(type, 'latin1'), content]);
}

/** An AVIF that says that it has other sizes than it has. */
export function claimAvifSize(avif: Buffer, width: number, height: number): Buffer {
  const claiming = Buffer.from(avif);
  for (let at = claiming.indexOf('ispe'); at !== -1; at = claiming.indexOf('ispe', at + 1)) {
    claiming.writeUInt32BE(width, at + 8);
    claiming.writeUInt32BE(height, at + 12);
  }
  return claiming;
}

export interface AvifGrid {
  /** What the whole says of itself; nothing has to fit. */
  readonly width: number;
  readonly height: number;
  readonly rows: number;
  readonly columns: number;
}

/** An AVIF that is put together of tiles: so many items that all lead to the same bytes, those of one AVIF. */
export function gridOfAvif(tile: Buffer, { width, height, rows, columns }: AvifGrid): Buffer {
  const tiles = rows * columns;
  const ids = Array.from({ length: tiles }, (_, index) => index + 2);
  const size = findBox(tile, 'ispe');
  const coded = findBox(tile, 'mdat').subarray(8);
  const layout = Buffer.concat([Buffer.from([0, 1, rows - 1, columns - 1]), u32(width), u32(height)]);
  const fileType = box('ftyp', Buffer.from('avif\0\0\0\0avifmif1miaf', 'latin1'));
  const place = (id: number, at: number, bytes: number) =>
    Buffer.concat([u16(id), u16(0), u16(1), u32(at), u32(bytes)]);
  const item = (id: number, type: string) =>
    fullBox('infe', 2, u16(id), u16(0), Buffer.from(`${type}\0`, 'latin1'));
  const meta = (at: number) =>
    fullBox(
      'meta',
      0,
      fullBox('hdlr', 0, Buffer.from(`\0\0\0\0pict${'\0'.repeat(13)}`, 'latin1')),
      fullBox('pitm', 0, u16(1)),
      fullBox(
        'iloc',
        0,
        Buffer.from([0x44, 0]),
        u16(1 + tiles),
        place(1, at, layout.length),
        ...ids.map((id) => place(id, at + layout.length, coded.length)),
      ),
      fullBox('iinf', 0, u16(1 + tiles), item(1, 'grid'), ...ids.map((id) => item(id, 'av01'))),
      fullBox('iref', 0, box('dimg', u16(1), u16(tiles), ...ids.map(u16))),
      box(
        'iprp',
        box('ipco', fullBox('ispe', 0, u32(width), u32(height)), size, findBox(tile, 'av1C')),
        fullBox(
          'ipma',
          0,
          u32(1 + tiles),
          Buffer.concat([u16(1), Buffer.from([1, 1])]),
          ...ids.map((id) => Buffer.concat([u16(id), Buffer.from([2, 2, 0x83])])),
        ),
      ),
    );
  const at = fileType.length + meta(0).length + 8;
  return Buffer.concat([fileType, meta(at), box('mdat', layout, coded)]);
}

function fullBox(type: string, version: number, ...contents: readonly Uint8Array[]): Buffer {
  return box(type, Buffer.from([version, 0, 0, 0]), ...contents);
}

/** The first box of a type, wherever it lies. */
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
