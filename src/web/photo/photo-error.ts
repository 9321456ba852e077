import type { PhotoFault } from './photo-fault.ts';
import { photoSentence } from './photo-sentences.ts';

/** A chosen file cannot be used. The message is the English sentence of the fault. */
export class PhotoError extends Error {
  override readonly name = 'PhotoError';
  readonly fault: PhotoFault;

  constructor(fault: PhotoFault, options?: ErrorOptions) {
    super(photoSentence(fault), options);
    this.fault = fault;
  }
}
