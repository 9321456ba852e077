import type { PhotoEdit } from './edit.ts';

/** A picture to decode, edit and encode in a worker. */
export interface Job {
  readonly file: Blob;
  /** The browser's own decoders, or libheif for a HEIC that the browser cannot decode. */
  readonly decoder: 'browser' | 'libheif';
  readonly edit: PhotoEdit;
  readonly output: Output;
}

/** A job as the worker gets it. */
export interface WorkerJob extends Job {
  /** URL of the folder with libheif's files. The worker does not know its own URL if it starts from a blob. */
  readonly libheifFolder: string;
}

/** Limits and types of an encoded picture. */
export interface Output {
  /** Maximum edge length in pixels. */
  readonly maxEdge: number;
  /** Minimum length in pixels of the shorter edge after a reduction. Takes precedence over `maxEdge`. */
  readonly minEdge: number;
  readonly maxPixels: number;
  readonly maxBytes: number;
  /** Media types in order of preference. If the browser can encode none of them, the picture becomes a PNG. */
  readonly opaqueTypes: readonly string[];
  /** The same for a picture with transparent pixels. If empty, the picture gets a white background. */
  readonly transparentTypes: readonly string[];
  /** Quality of lossy types, from 0 to 1. */
  readonly quality: number;
}

/** Result of a job. The size of the blob can exceed the limit if the picture cannot be reduced further. */
export type JobResult =
  | { readonly blob: Blob }
  /** `decoder` if the worker's script or libheif could not be loaded, `picture` if decoding or encoding failed. */
  | { readonly failed: 'decoder' | 'picture'; readonly message: string };
