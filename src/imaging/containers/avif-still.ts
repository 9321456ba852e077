import { UnreadableImageError } from '../errors.ts';
import { type AvifTracks, readAvifTracks, type TrackPicture } from './avif-tracks.ts';
import { needBox, onlyBox, readBoxes, readTopBoxes } from './iso-boxes.ts';

const BOX_HEADER_BYTES = 8;
const COLOR_ITEM = 1;
const ALPHA_ITEM = 2;
const FILE_TYPE = 'avif\0\0\0\0avifmif1miaf';
/** Handler of a file's items, without a name. */
const PICTURE_HANDLER = `\0\0\0\0pict${'\0'.repeat(13)}`;
/** Type of an auxiliary item that is an alpha channel: ISO/IEC 23000-22 (MIAF), 7.3.5.2. */
const ALPHA_TYPE = 'urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0';
/** Size of the numbers in `iloc`: four bytes for offset and length, none for the base. */
const LOCATION_SIZES = 0x4400;

/**
 * Returns a still AVIF of an animation's first picture, if the file has only tracks and no still picture. libheif
 * decodes a picture only if it is an item. Returns any other file unchanged, and a file with damaged tracks too. Never
 * throws.
 */
export function extractAvifPicture(avif: Buffer): Buffer {
  try {
    const boxes = readTopBoxes(avif);
    return hasPrimaryItem(onlyBox(boxes, 'meta'))
      ? avif
      : makeStill(readAvifTracks(avif, needBox(boxes, 'moov')));
  } catch (error) {
    if (error instanceof UnreadableImageError) {
      return avif;
    }
    throw error;
  }
}

function hasPrimaryItem(meta: Buffer = Buffer.alloc(4)): boolean {
  return readBoxes(meta.subarray(4)).some(({ type }) => type === 'pitm');
}

interface Item {
  readonly id: number;
  readonly properties: readonly Buffer[];
  readonly data: Buffer;
}

function makeStill({ color, alpha }: AvifTracks): Buffer {
  const items = [toItem(COLOR_ITEM, color)];
  if (alpha !== undefined) {
    const { properties, ...item } = toItem(ALPHA_ITEM, alpha);
    items.push({
      ...item,
      properties: [...properties, fullBox('auxC', 0, Buffer.from(ALPHA_TYPE, 'latin1'))],
    });
  }
  const fileType = makeBox('ftyp', Buffer.from(FILE_TYPE, 'latin1'));
  // The box has the same length whatever the offset is.
  const dataAt = fileType.length + makeMeta(items, 0).length + BOX_HEADER_BYTES;
  return Buffer.concat([
    fileType,
    makeMeta(items, dataAt),
    makeBox('mdat', ...items.map(({ data }) => data)),
  ]);
}

function toItem(id: number, { width, height, properties, data }: TrackPicture): Item {
  return { id, properties: [fullBox('ispe', 0, u32(width), u32(height)), ...properties], data };
}

/** Makes a `meta` box (ISO/IEC 14496-12, 8.11). The items' data follow each other from an offset in the file. */
function makeMeta(items: readonly Item[], dataAt: number): Buffer {
  const all = items.flatMap(({ properties }) => properties);
  const associations = items.map(({ id, properties }) => {
    // Indices of properties start at 1.
    const indices = properties.map((property) => all.indexOf(property) + 1);
    return Buffer.concat([u16(id), Buffer.from([indices.length, ...indices])]);
  });
  const entries = items.map(({ id }) => fullBox('infe', 2, u16(id), u16(0), Buffer.from('av01\0', 'latin1')));
  const [first] = items;
  const locations = items.map(({ id, data }) => {
    const offset = id === COLOR_ITEM ? dataAt : dataAt + (first?.data.length ?? 0);
    return Buffer.concat([u16(id), u16(0), u16(1), u32(offset), u32(data.length)]);
  });
  const alpha = makeBox('auxl', u16(ALPHA_ITEM), u16(1), u16(COLOR_ITEM));
  return fullBox(
    'meta',
    0,
    fullBox('hdlr', 0, Buffer.from(PICTURE_HANDLER, 'latin1')),
    fullBox('pitm', 0, u16(COLOR_ITEM)),
    fullBox('iloc', 0, u16(LOCATION_SIZES), u16(items.length), ...locations),
    fullBox('iinf', 0, u16(items.length), ...entries),
    ...(items.length > 1 ? [fullBox('iref', 0, alpha)] : []),
    makeBox('iprp', makeBox('ipco', ...all), fullBox('ipma', 0, u32(items.length), ...associations)),
  );
}

function fullBox(type: string, version: number, ...contents: readonly Buffer[]): Buffer {
  return makeBox(type, Buffer.from([version, 0, 0, 0]), ...contents);
}

function makeBox(type: string, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([u32(content.length + BOX_HEADER_BYTES), Buffer.from(type, 'latin1'), content]);
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
