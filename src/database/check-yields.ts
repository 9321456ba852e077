import { PictureKeptError } from './errors.ts';

/** Throws PictureKeptError if a picture that yields has replaced another one. The transaction is then rolled back. */
export function checkYields(yields: boolean, replaced: string | null): void {
  if (yields && replaced !== null) {
    throw new PictureKeptError();
  }
}
