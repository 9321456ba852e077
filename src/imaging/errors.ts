import type { AcceptedType } from './accepted-types.ts';

/** The file's bytes, or the extension of its name, belong to a type that is not accepted. */
export class UnsupportedFileTypeError extends Error {
  override name = 'UnsupportedFileTypeError';
  /** A media type seen in the bytes, or the name's extension with its dot; null if the bytes mean nothing to us. */
  readonly detected: string | null;
  /** Those that are accepted. */
  readonly mediaTypes: readonly string[];

  constructor(detected: string | null, types: readonly AcceptedType[]) {
    super(sentenceFor(detected, types));
    this.detected = detected;
    this.mediaTypes = types.map(({ mediaType }) => mediaType);
  }
}

/** Its media types, sequences included, and its extensions. */
const HEIC = /^(image\/|\.)hei[cf]/;
/** British English has no comma before "or". */
const ALTERNATIVES = new Intl.ListFormat('en-GB', { type: 'disjunction' });

function sentenceFor(detected: string | null, types: readonly AcceptedType[]): string {
  const labels = types.map(({ label }) => label);
  if (detected !== null && HEIC.test(detected)) {
    return `This is a HEIC picture, which most browsers cannot show. Please export it as ${labels[0]} and send that.`;
  }
  const fault =
    detected === null
      ? 'This file is not a picture that we know.'
      : `A file of the type ${detected} is not accepted.`;
  const article = labels[0]?.startsWith('A') ? 'an' : 'a';
  return `${fault} Please send ${article} ${ALTERNATIVES.format(labels)} picture.`;
}

/** The bytes say that they are a picture, but decoding it to its end is impossible, or takes too much work. */
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

/** The queue for decoders is full, for all users or for this one. */
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

/** No decoder could be started, or none took the picture. The picture is not at fault. */
export class DecoderUnavailableError extends Error {
  override name = 'DecoderUnavailableError';

  constructor(options?: ErrorOptions) {
    super('The server cannot read pictures right now. Please try again in a moment.', options);
  }
}

/** Something outside of the decoders ended each one that read the picture, such as the kernel's OOM killer. */
export class DecoderKilledError extends Error {
  override name = 'DecoderKilledError';

  constructor(options?: ErrorOptions) {
    super('The server was interrupted while it read the picture. Please try again in a moment.', options);
  }
}

/** Decoding a picture takes more work than the job allows. The unit of work is that of `estimateWork`. */
export class TooMuchWorkError extends Error {
  override name = 'TooMuchWorkError';
  readonly work: number;

  constructor(work: number) {
    super(`Decoding the picture takes the work of ${work} megapixels.`);
    this.work = work;
  }
}
