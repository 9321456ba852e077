import { makePngChunk, readPngChunks } from './png-chunks.ts';

// Layout of the PNG specification (third edition), 11.3.6. An `fcTL` chunk describes a frame. The frame's data follow
// in `IDAT` chunks if the frame is also the static image, or else in `fdAT` chunks.

/** A frame of an animated PNG, as a PNG of its own. */
export interface PngFrame {
  readonly png: Buffer;
  readonly place: Place;
}

/** Size and position of a frame in pixels. */
export interface Place {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
}

interface StoredFrame {
  /** Content of the `fcTL` chunk. */
  readonly control: Buffer;
  /** Contents of the `fdAT` chunks. Empty if the frame is the static image. */
  readonly data: Buffer[];
}

interface PngAnimation {
  /** Content of the `IHDR` chunk. */
  readonly header: Buffer | undefined;
  readonly frames: readonly StoredFrame[];
  /** The first chunk of each kind of {@link SHARED}, split where the static image is. */
  readonly before: readonly Buffer[];
  readonly after: readonly Buffer[];
}

const SIGNATURE_BYTES = 8;
/** Bytes of a chunk's length, type and checksum. */
const CHUNK_OVERHEAD_BYTES = 12;
const HEADER_BYTES = 13;
const CONTROL_BYTES = 26;
/** Bytes of the sequence number that precedes the data of an `fdAT` chunk. */
const SEQUENCE_NUMBER_BYTES = 4;
/** Chunks that describe colors or the EXIF rotation, and do not depend on the format of the pixels. */
const DESCRIPTIONS = ['cICP', 'iCCP', 'sRGB', 'gAMA', 'cHRM', 'mDCV', 'cLLI', 'eXIf'];
/** Chunks that affect how each frame looks: descriptions, palette and transparency. */
const SHARED = [...DESCRIPTIONS, 'PLTE', 'tRNS'];

/**
 * Yields the frames of a PNG that are stored apart from its static image, up to the `maxFrames`th frame of the file.
 * Ends before the first frame that is malformed or not inside the canvas. Never throws.
 */
export function* splitPng(png: Buffer, maxFrames: number): Generator<PngFrame> {
  const { header, frames, before, after } = readAnimation(png);
  for (const { control, data } of frames.slice(0, maxFrames)) {
    if (header?.length !== HEADER_BYTES || control.length !== CONTROL_BYTES) {
      return;
    }
    const place = readPlace(control);
    if (!isInside(place, header)) {
      return;
    }
    if (data.length > 0) {
      const ownHeader = Buffer.concat([control.subarray(4, 12), header.subarray(8)]);
      const pixels = makePngChunk('IDAT', Buffer.concat(data));
      const chunks = [makePngChunk('IHDR', ownHeader), ...before, pixels, ...after, makePngChunk('IEND')];
      yield { place, png: Buffer.concat([png.subarray(0, SIGNATURE_BYTES), ...chunks]) };
    }
  }
}

/** Reads an animation. Returns no frames if the file does not announce one before its static image. */
function readAnimation(png: Buffer): PngAnimation {
  const [before, after]: [Buffer[], Buffer[]] = [[], []];
  const frames: StoredFrame[] = [];
  let header: Buffer | undefined;
  let isAnimated = false;
  let shared = before;
  const missing = new Set(SHARED);
  for (const { type, data, bytes } of readPngChunks(png)) {
    switch (type) {
      case 'IHDR':
        header ??= data;
        break;
      case 'acTL':
        isAnimated ||= shared === before;
        break;
      case 'IDAT':
        shared = after;
        break;
      case 'fcTL':
        frames.push({ control: data, data: [] });
        break;
      case 'fdAT':
        frames.at(-1)?.data.push(data.subarray(SEQUENCE_NUMBER_BYTES));
        break;
      default:
        // Each frame gets a copy of these chunks, so their number must be limited.
        if (missing.delete(type)) {
          shared.push(bytes);
        }
    }
  }
  return { header, frames: isAnimated ? frames : [], before, after };
}

/** Returns a PNG with the chunks of another PNG that describe its colors and its EXIF rotation. */
export function copyPngDescriptions(from: Buffer, to: Buffer): Buffer {
  const headerEnd = SIGNATURE_BYTES + CHUNK_OVERHEAD_BYTES + HEADER_BYTES;
  const parts = [to.subarray(0, headerEnd)];
  for (const { type, bytes } of readPngChunks(from)) {
    if (DESCRIPTIONS.includes(type)) {
      parts.push(bytes);
    }
  }
  return Buffer.concat([...parts, to.subarray(headerEnd)]);
}

function readPlace(control: Buffer): Place {
  return {
    width: control.readUInt32BE(4),
    height: control.readUInt32BE(8),
    left: control.readUInt32BE(12),
    top: control.readUInt32BE(16),
  };
}

/** Returns whether a frame is inside the canvas, whose size a PNG's header states. */
function isInside({ width, height, left, top }: Place, header: Buffer): boolean {
  return left + width <= header.readUInt32BE(0) && top + height <= header.readUInt32BE(4);
}
