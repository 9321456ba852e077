import type { Size } from './size.ts';

/** Reason why a file cannot be used, with its facts. */
export type PhotoFault =
  /** The file is unreadable, empty or damaged, or the browser could not load the worker or the HEIC decoder. */
  | { readonly reason: 'unreadable' | 'empty' | 'damaged' | 'decoderUnavailable'; readonly fileName: string }
  /** Neither the server nor the browser can decode the file. */
  | { readonly reason: 'unsupported'; readonly fileName: string; readonly mediaTypes: readonly string[] }
  | { readonly reason: 'tooSmall'; readonly size: Size; readonly min: Size }
  /** The file exceeds a limit, and the browser cannot reduce it. */
  | {
      readonly reason: 'tooLarge';
      readonly fileName: string;
      readonly bytes: number;
      readonly maxBytes: number;
    }
  | { readonly reason: 'tooManyPixels'; readonly size: Size; readonly maxPixels: number };
