import { UnreadableImageError } from '../errors.ts';
import { ByteReader } from './byte-reader.ts';

/** A box of the ISO base media file format (ISO/IEC 14496-12, 4.2), without its header. */
export interface Box {
  readonly type: string;
  /** Offset of the header in bytes from the start of the container. */
  readonly start: number;
  /** Offset of the first byte after the box. */
  readonly end: number;
  readonly body: Buffer;
}

/** A box with a version and flags, and a reader for the bytes after them. */
export interface FullBox {
  readonly version: number;
  readonly flags: number;
  readonly reader: ByteReader;
}

/**
 * Maximum boxes of one container. A picture has a dozen, plus a reference and a property for each of up to 256 items.
 */
const MAX_BOXES = 2048;

/** Returns consecutive boxes. Throws UnreadableImageError if a box is truncated or there are too many. */
export function readBoxes(bytes: Buffer): Box[] {
  const boxes: Box[] = [];
  const reader = new ByteReader(bytes);
  while (reader.left > 0) {
    const box = readBox(reader);
    if (box === undefined || boxes.length === MAX_BOXES) {
      throw new UnreadableImageError();
    }
    boxes.push(box);
  }
  return boxes;
}

/** Returns the boxes of a file up to the first incomplete box, because some programs leave bytes after the last box. */
export function readTopBoxes(file: Buffer): Box[] {
  const boxes: Box[] = [];
  const reader = new ByteReader(file);
  for (let box = readBox(reader); box !== undefined && boxes.length < MAX_BOXES; box = readBox(reader)) {
    boxes.push(box);
  }
  return boxes;
}

/** Returns the next box, or undefined if the remaining bytes are not a complete box. */
function readBox(reader: ByteReader): Box | undefined {
  const start = reader.position;
  const available = reader.left;
  if (available < 8) {
    return undefined;
  }
  const size = reader.uint(4);
  const type = reader.code();
  // Size 1 means that a 64-bit size follows the type. Size 0 means that the box extends to the end of the file.
  const length = size === 1 && reader.left >= 8 ? reader.uint(8) : size || available;
  const header = reader.position - start;
  if (length < header || length > available) {
    return undefined;
  }
  return { type, start, end: start + length, body: reader.bytes(length - header) };
}

/** Reads the start of a full box. Throws UnreadableImageError. */
export function openFullBox(body: Buffer): FullBox {
  const reader = new ByteReader(body);
  return { version: reader.uint(1), flags: reader.uint(3), reader };
}

/**
 * Returns the only box of a type, or undefined. Throws UnreadableImageError if there are two, because decoders would
 * disagree on which to read.
 */
export function onlyBox(boxes: readonly Box[], type: string): Buffer | undefined {
  const [box, another] = boxes.filter((candidate) => candidate.type === type);
  if (another !== undefined) {
    throw new UnreadableImageError();
  }
  return box?.body;
}

/** Returns the only box of a type. Throws UnreadableImageError if there is none, or if there are two. */
export function needBox(boxes: readonly Box[], type: string): Buffer {
  const body = onlyBox(boxes, type);
  if (body === undefined) {
    throw new UnreadableImageError();
  }
  return body;
}
