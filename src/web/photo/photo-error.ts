import type { PhotoFault } from './photo-fault.ts';

/** A chosen file cannot be used. The interface turns the fault into a message. */
export class PhotoError extends Error {
  override readonly name = 'PhotoError';
  readonly fault: PhotoFault;

  constructor(fault: PhotoFault, options?: ErrorOptions) {
    super(`The chosen file cannot be used (${fault.reason}).`, options);
    this.fault = fault;
  }
}
