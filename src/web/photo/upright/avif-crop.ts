import type { Area, Size } from '../size.ts';
import { FLAGS_BYTES, readPrimaryProperties } from './avif-properties.ts';

/** The crop that an AVIF declares for its picture. */
export interface AvifCrop {
  /** Upright size of the picture without the crop. */
  readonly whole: Size;
  /** Area of the crop in the upright picture. */
  readonly area: Area;
}

/**
 * Returns the crop of an AVIF's primary item, which its `clap` property declares. Returns undefined for an AVIF without
 * a crop and for any other file. Throws RangeError if the file is truncated.
 */
export function readAvifCrop(file: DataView): AvifCrop | undefined {
  const properties = readPrimaryProperties(file);
  const size = properties.find(({ type }) => type === 'ispe');
  if (size === undefined || !properties.some(({ type }) => type === 'clap')) {
    return undefined;
  }
  const start = size.start + FLAGS_BYTES;
  let whole: Size = { width: file.getUint32(start), height: file.getUint32(start + 4) };
  let area: Area = { left: 0, top: 0, ...whole };
  for (const { type, start: at } of properties) {
    if (type === 'clap') {
      area = readCrop(file, at, whole);
    } else if (type === 'imir') {
      area = mirror(area, whole, file.getUint8(at) & 1);
    } else if (type === 'irot') {
      ({ whole, area } = rotate(area, whole, file.getUint8(at) & 3));
    }
  }
  return { whole, area };
}

/**
 * Reads a `clap` property (ISO/IEC 14496-12, 12.1.4): four fractions for the width and height of the crop, and for the
 * offsets of its center from the picture's center, right and down.
 */
function readCrop(file: DataView, start: number, whole: Size): Area {
  const fraction = (index: number) =>
    file.getInt32(start + 8 * index) / file.getUint32(start + 8 * index + 4);
  const [width, height, right, down] = [fraction(0), fraction(1), fraction(2), fraction(3)];
  return {
    left: Math.round((whole.width - width) / 2 + right),
    top: Math.round((whole.height - height) / 2 + down),
    width: Math.round(width),
    height: Math.round(height),
  };
}

/** Mirrors an area. @param axis 0 to swap top and bottom, 1 to swap left and right. */
function mirror(area: Area, whole: Size, axis: number): Area {
  return axis === 0
    ? { ...area, top: whole.height - area.top - area.height }
    : { ...area, left: whole.width - area.left - area.width };
}

/** Rotates a picture and an area of it counterclockwise. @param turns number of rotations by 90 degrees. */
function rotate(area: Area, whole: Size, turns: number): AvifCrop {
  if (turns === 0) {
    return { whole, area };
  }
  const { left, top, width, height } = area;
  return rotate(
    { left: top, top: whole.width - left - width, width: height, height: width },
    { width: whole.height, height: whole.width },
    turns - 1,
  );
}
