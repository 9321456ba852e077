import type { Size } from './size.ts';

/** The part of the server's upload rules that the browser checks. */
export interface PhotoRules {
  /** Maximum size of a file in bytes, inclusive. */
  readonly maxBytes: number;
  readonly minWidth: number;
  readonly minHeight: number;
  readonly rejectedExtensions: readonly string[];
  readonly types: readonly { readonly mediaType: string; readonly maxPixels: number }[];
}

/** A chosen picture that passed the browser's checks. */
export interface Photo {
  /** The chosen file, or the converted file that replaces a HEIC. */
  readonly file: File;
  /** Object URL of the upright picture, for display. It can be smaller than the file's picture. */
  readonly url: string;
  /** Upright size of the file's picture. Undefined if the browser cannot display it, although the server may accept it. */
  readonly size: Size | undefined;
  /** Whether the picture is an animation. The server keeps one frame of it. */
  readonly animated: boolean;
  /** Whether the server accepts the file as it is. Otherwise, the browser reduces it before the upload. */
  readonly sendable: boolean;
  readonly rules: PhotoRules;
}

/** Revokes the URL of a photo that is no longer displayed. */
export function releasePhoto({ url }: Photo): void {
  URL.revokeObjectURL(url);
}
