import { rejectedExtension } from '../file-names/rejected-extension.ts';
import { REJECTED_EXTENSIONS } from '../file-names/rejected-extensions.ts';
import type { AcceptedType } from '../imaging/accepted-types.ts';
import { UnsupportedFileTypeError } from '../imaging/errors.ts';
import { secureFileName } from './secure-file-name.ts';

/**
 * Throws UnsupportedFileTypeError if the extension of a file name is known to belong to another kind of file. Any other
 * extension passes, because the content determines the type.
 * @param types the accepted types, for the error.
 */
export function checkFileName(name: string, types: readonly AcceptedType[]): void {
  const extension = rejectedExtension(name, REJECTED_EXTENSIONS);
  if (extension !== undefined) {
    throw new UnsupportedFileTypeError(`.${extension}`, types);
  }
}

/**
 * Returns a name for display by the rules of {@link secureFileName}. These remove and shorten parts of the name, so an
 * accepted name can end like a program: `me.exe写真` becomes `me.exe`. Then the extension of the picture's type is added.
 * @param extension without its dot.
 */
export function displayedFileName(name: string, extension: string): string {
  const clean = secureFileName(name, extension);
  return rejectedExtension(clean, REJECTED_EXTENSIONS) === undefined
    ? clean
    : secureFileName(`${clean}.${extension}`, extension);
}
