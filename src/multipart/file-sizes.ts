import type { PartContent } from './parts-parser.ts';

/**
 * Records whether any file of a request exceeds the size limit. Includes files that no resolver reads, and files that
 * `map` does not name.
 */
export class FileSizes {
  readonly #maxBytes: number;
  #exceeded = false;

  /** @param maxBytes maximum size of a file in bytes, inclusive. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get exceeded(): boolean {
    return this.#exceeded;
  }

  /** Returns a receiver that measures a file. @param content receiver of its bytes, or undefined to skip them. */
  measure(content: PartContent | undefined): PartContent {
    let bytes = 0;
    return {
      write: (chunk) => {
        bytes += chunk.length;
        this.#exceeded ||= bytes > this.#maxBytes;
        return content?.write(chunk) ?? true;
      },
      end: () => content?.end(),
    };
  }
}
