import { UnreadableImageError } from '../errors.ts';
import { ByteReader } from './byte-reader.ts';
import { type Box, needBox, onlyBox, openFullBox, readBoxes } from './iso-boxes.ts';

/** The first picture of a track (ISO/IEC 14496-12). */
export interface TrackPicture {
  readonly width: number;
  readonly height: number;
  /** Complete boxes that describe the coded picture: `av1C` and `colr`. */
  readonly properties: readonly Buffer[];
  /** The AV1 data of the first sample. */
  readonly data: Buffer;
}

export interface AvifTracks {
  readonly color: TrackPicture;
  readonly alpha: TrackPicture | undefined;
}

interface Track {
  readonly id: number;
  /** Id of the track whose auxiliary track this is. */
  readonly auxiliaryOf: number | undefined;
  /** Contents of the sample table. */
  readonly table: readonly Box[];
  /** The sample entry of an AV1 track. Undefined if the track has another codec. */
  readonly entry: Buffer | undefined;
}

/** Bytes of a sample entry before its boxes (ISO/IEC 14496-12, 8.5.2 and 12.1.3). */
const SAMPLE_ENTRY_BYTES = 78;
const ENTRY_SIZE_OFFSET = 24;
const PROPERTIES = new Set(['av1C', 'colr']);
/** Maximum properties of a track. Encoders write one `av1C` and at most two `colr`. */
const MAX_PROPERTIES = 8;

/**
 * Reads the first picture of an animation and its alpha channel from the tracks of a file. Like libavif, takes the
 * first AV1 track that is not auxiliary, and starts with the first sample, which is a key frame.
 * Throws UnreadableImageError.
 * @param moov content of the `moov` box.
 */
export function readAvifTracks(avif: Buffer, moov: Buffer): AvifTracks {
  const tracks = readBoxes(moov)
    .filter(({ type }) => type === 'trak')
    .map(({ body }) => readTrack(body))
    .filter(({ entry }) => entry !== undefined);
  const color = tracks.find(({ auxiliaryOf }) => auxiliaryOf === undefined);
  const alpha = tracks.find(({ auxiliaryOf }) => auxiliaryOf !== undefined && auxiliaryOf === color?.id);
  if (color === undefined) {
    throw new UnreadableImageError();
  }
  return { color: readPicture(avif, color), alpha: alpha && readPicture(avif, alpha) };
}

function readTrack(trak: Buffer): Track {
  const boxes = readBoxes(trak);
  const media = readBoxes(needBox(boxes, 'mdia'));
  const table = readBoxes(needBox(readBoxes(needBox(media, 'minf')), 'stbl'));
  return {
    id: readTrackId(needBox(boxes, 'tkhd')),
    auxiliaryOf: readAuxiliary(onlyBox(boxes, 'tref')),
    table,
    entry: readEntry(needBox(table, 'stsd')),
  };
}

function readTrackId(tkhd: Buffer): number {
  const { version, reader } = openFullBox(tkhd);
  // Skip the times of creation and modification.
  reader.bytes(version === 0 ? 2 * 4 : 2 * 8);
  return reader.uint(4);
}

function readAuxiliary(tref: Buffer = Buffer.alloc(0)): number | undefined {
  const auxl = onlyBox(readBoxes(tref), 'auxl');
  return auxl && new ByteReader(auxl).uint(4);
}

/** Returns the first sample entry, if it is one of AV1. */
function readEntry(stsd: Buffer): Buffer | undefined {
  const { reader } = openFullBox(stsd);
  // Skip the number of entries.
  reader.uint(4);
  const [entry] = readBoxes(reader.bytes(reader.left));
  return entry?.type === 'av01' ? entry.body : undefined;
}

function readPicture(avif: Buffer, { table, entry = Buffer.alloc(0) }: Track): TrackPicture {
  const reader = new ByteReader(entry);
  reader.bytes(ENTRY_SIZE_OFFSET);
  const [width, height] = [reader.uint(2), reader.uint(2)];
  reader.bytes(SAMPLE_ENTRY_BYTES - reader.position);
  const boxes = reader.bytes(reader.left);
  const properties = readBoxes(boxes)
    .filter(({ type }) => PROPERTIES.has(type))
    .map(({ start, end }) => boxes.subarray(start, end));
  if (properties.length > MAX_PROPERTIES) {
    throw new UnreadableImageError();
  }
  return { width, height, properties, data: readFirstSample(avif, table) };
}

function readFirstSample(avif: Buffer, table: readonly Box[]): Buffer {
  const wide = onlyBox(table, 'co64');
  const offsets = openFullBox(wide ?? needBox(table, 'stco')).reader;
  const sizes = openFullBox(needBox(table, 'stsz')).reader;
  // Skip the number of chunks.
  offsets.uint(4);
  const offset = offsets.uint(wide === undefined ? 4 : 8);
  const sizeOfAll = sizes.uint(4);
  // Skip the number of samples.
  sizes.uint(4);
  const size = sizeOfAll || sizes.uint(4);
  if (size === 0 || offset + size > avif.length) {
    throw new UnreadableImageError();
  }
  return avif.subarray(offset, offset + size);
}
