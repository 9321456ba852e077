import type { AcceptedType } from './accepted-types.ts';

/** The content or the extension of a file belongs to a type that is not accepted. */
export class UnsupportedFileTypeError extends Error {
  override name = 'UnsupportedFileTypeError';
  /** Media type of the content, or the file's extension with its dot. Null if the content has an unknown type. */
  readonly detected: string | null;
  /** Accepted media types. */
  readonly mediaTypes: readonly string[];

  constructor(detected: string | null, types: readonly AcceptedType[]) {
    super(messageFor(detected, types));
    this.detected = detected;
    this.mediaTypes = types.map(({ mediaType }) => mediaType);
  }
}

/** Media types of HEIC, including sequences. HEIF (`image/heif`) may contain other pictures. */
const HEIC = /^image\/heic/;
/** Media type that Portrait gives to PNGs from Apple's build tools, because they have none. */
export const CGBI = 'image/x-cgbi';
const ALTERNATIVES = new Intl.ListFormat('en', { type: 'disjunction' });

function messageFor(detected: string | null, types: readonly AcceptedType[]): string {
  const labels = types.map(({ label }) => label);
  if (detected !== null && HEIC.test(detected)) {
    return `HEIC pictures are not supported, because most browsers cannot display them. Export this one as ${labels[0]}.`;
  }
  if (detected === CGBI) {
    return (
      "PNG pictures in Apple's CgBI format are not supported, because most browsers cannot display them. " +
      `Export this one as ${labels[0]}.`
    );
  }
  const problem =
    detected === null ? 'The file type is not recognized.' : `Files of type ${detected} are not accepted.`;
  const article = labels[0]?.startsWith('A') ? 'an' : 'a';
  return `${problem} Choose ${article} ${ALTERNATIVES.format(labels)} picture.`;
}

/** The file begins like a picture, but cannot be decoded completely, or decoding it takes too much work. */
export class UnreadableImageError extends Error {
  override name = 'UnreadableImageError';

  constructor(
    message = 'The picture is damaged and cannot be read. Choose another picture.',
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The picture has more pixels than a decoder may decode. Width and height are those of the upright picture. */
export class TooManyPixelsError extends Error {
  override name = 'TooManyPixelsError';
  readonly width: number;
  readonly height: number;
  readonly limit: number;

  constructor(width: number, height: number, limit: number) {
    super(
      `The picture has ${width} x ${height} pixels, but the limit is ${limit / 1_000_000} megapixels. ` +
        'Choose a smaller picture.',
    );
    this.width = width;
    this.height = height;
    this.limit = limit;
  }
}

/** The picture or its crop is too small. Width and height are pixels of the upright picture. */
export class ImageTooSmallError extends Error {
  override name = 'ImageTooSmallError';
  readonly what: 'picture' | 'crop';
  readonly width: number;
  readonly height: number;
  readonly limit: number;

  constructor(what: 'picture' | 'crop', width: number, height: number, limit: number) {
    super(
      `The ${what} has ${width} x ${height} pixels, but must have at least ${limit} x ${limit}. ` +
        `Choose a larger ${what}.`,
    );
    this.what = what;
    this.width = width;
    this.height = height;
    this.limit = limit;
  }
}

/** The queue for decoders is full, for all users or for this user. */
export class ImagingBusyError extends Error {
  override name = 'ImagingBusyError';

  constructor() {
    super('Too many pictures are waiting to be processed. Try again in a moment.');
  }
}

/** The server has ended its decoders because it is shutting down. */
export class ImagingClosedError extends Error {
  override name = 'ImagingClosedError';

  constructor() {
    super('The server is shutting down. Try again in a moment.');
  }
}

/** No decoder could be started, or none took the picture. The picture is not at fault. */
export class DecoderUnavailableError extends Error {
  override name = 'DecoderUnavailableError';

  constructor(options?: ErrorOptions) {
    super('The server cannot process pictures right now. Try again in a moment.', options);
  }
}

/** Every decoder that worked on the picture was killed from outside, for example by the kernel's OOM killer. */
export class DecoderKilledError extends Error {
  override name = 'DecoderKilledError';

  constructor(options?: ErrorOptions) {
    super('The server was interrupted while it processed the picture. Try again in a moment.', options);
  }
}

/** Decoding a picture takes more work than its job allows. Work is in the unit of `estimateWork`. */
export class TooMuchWorkError extends Error {
  override name = 'TooMuchWorkError';
  readonly work: number;

  constructor(work: number) {
    super(`Decoding the picture takes too much work (estimate: ${work}).`);
    this.work = work;
  }
}
