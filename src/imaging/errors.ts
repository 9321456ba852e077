import { ACCEPTED_TYPES } from './accepted-types.ts';

/** The name's extension or the bytes belong to something that is not taken. */
export class UnsupportedFileTypeError extends Error {
  override name = 'UnsupportedFileTypeError';
  /** A media type seen in the bytes, or the name's extension with its dot; null if the bytes mean nothing to us. */
  readonly detected: string | null;
  readonly mediaTypes = ACCEPTED_TYPES.map((type) => type.mediaType);

  constructor(detected: string | null) {
    super(sentenceFor(detected));
    this.detected = detected;
  }
}

/** Its media types, sequences included, and its extensions. */
const HEIC = /^(image\/|\.)hei[cf]/;

function sentenceFor(detected: string | null): string {
  if (detected !== null && HEIC.test(detected)) {
    return 'This is a HEIC picture, which most browsers cannot show. Please export it as JPEG and send that.';
  }
  const what =
    detected === null
      ? 'This file is not a picture that we know.'
      : `A file of the type ${detected} is not accepted.`;
  return `${what} Please send a JPEG, PNG, WebP, GIF or AVIF picture.`;
}

/** The bytes say that they are a picture, but it cannot be decoded to its end. */
export class UnreadableImageError extends Error {
  override name = 'UnreadableImageError';

  constructor(message = 'The picture is damaged and cannot be read.', options?: ErrorOptions) {
    super(message, options);
  }
}

/** More pixels than may be decoded. Sizes in pixels of the upright picture. */
export class TooManyPixelsError extends Error {
  override name = 'TooManyPixelsError';
  readonly width: number;
  readonly height: number;
  readonly limit: number;

  constructor(width: number, height: number, limit: number) {
    super(
      `The picture has ${width} x ${height} pixels; at most ${limit / 1_000_000} megapixels are accepted.`,
    );
    this.width = width;
    this.height = height;
    this.limit = limit;
  }
}

/** The picture, or what the crop leaves of it, is too small. Sizes in pixels of the upright picture. */
export class ImageTooSmallError extends Error {
  override name = 'ImageTooSmallError';
  readonly what: 'picture' | 'crop';
  readonly width: number;
  readonly height: number;
  readonly limit: number;

  constructor(what: 'picture' | 'crop', width: number, height: number, limit: number) {
    super(`The ${what} has ${width} x ${height} pixels; it must have at least ${limit} x ${limit}.`);
    this.what = what;
    this.width = width;
    this.height = height;
    this.limit = limit;
  }
}

/** As many pictures as may wait for a decoder are waiting already. */
export class ImagingBusyError extends Error {
  override name = 'ImagingBusyError';

  constructor() {
    super('Too many pictures are waiting to be read right now. Please try again in a moment.');
  }
}

/** The server ended its decoders, because it shuts down. */
export class ImagingClosedError extends Error {
  override name = 'ImagingClosedError';

  constructor() {
    super('The server is shutting down. Please try again in a moment.');
  }
}

/** No decoder began the picture: none could be started, or none answered. The picture is not at fault. */
export class DecoderUnavailableError extends Error {
  override name = 'DecoderUnavailableError';

  constructor(options?: ErrorOptions) {
    super('The server cannot read pictures right now. Please try again in a moment.', options);
  }
}

/** A picture is more work than its decoder may spend on it now. Work in decoded megapixels, as `estimateWork` counts it. */
export class TooMuchWorkError extends Error {
  override name = 'TooMuchWorkError';
  readonly work: number;

  constructor(work: number) {
    super(`Decoding the picture is work for ${work} megapixels.`);
    this.work = work;
  }
}
