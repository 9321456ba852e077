const EDGE = 7071;
const COEFFICIENTS = 64;
const HIGHEST_BIT = 13;
/** Maximum number of empty blocks that one code of a scan can represent (ITU T.81, G.1.2.2). */
const MAX_RUN = 32_767;
const LONG_RUN_BITS = 14;

/**
 * Creates a gray progressive JPEG of 50 megapixels (https://www.w3.org/Graphics/JPEG/itu-t81.pdf). Each scan has a few
 * hundred bytes, makes a decoder visit every block, and changes no pixel.
 */
export function progressiveJpeg(scans: number): Buffer {
  const blocks = Math.ceil(EDGE / 8) ** 2;
  const firstScan = new EntropyBits();
  for (let block = 0; block < blocks; block += 1) {
    firstScan.put(0, 1);
  }
  const emptyScan = emptyBlocks(blocks);
  const refinements: Buffer[] = [];
  for (let bit = HIGHEST_BIT; refinements.length < scans; bit = bit === 0 ? HIGHEST_BIT : bit - 1) {
    for (let k = 1; k < COEFFICIENTS && refinements.length < scans; k += 1) {
      const previousBit = bit === HIGHEST_BIT ? 0 : bit + 1;
      refinements.push(scan(k, k, previousBit, bit, emptyScan));
    }
  }
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    // One quantization table of ones.
    segment(0xdb, [0, ...Array<number>(COEFFICIENTS).fill(1)]),
    // Progressive, 8 bits, one component.
    segment(0xc2, [8, EDGE >> 8, EDGE & 255, EDGE >> 8, EDGE & 255, 1, 1, 0x11, 0]),
    // "The same as before" is the code 0, one bit long.
    codeTable(0x00, [0, 1]),
    // "16,384 empty blocks and more" is the code 0, "this block is empty" the code 10.
    codeTable(0x10, [0xe0, 0]),
    scan(0, 0, 0, 0, firstScan.end()),
    ...refinements,
    Buffer.from([0xff, 0xd9]),
  ]);
}

function emptyBlocks(blocks: number): Buffer {
  const bits = new EntropyBits();
  let left = blocks;
  while (left > 0) {
    const run = Math.min(left, MAX_RUN);
    if (run >= 2 ** LONG_RUN_BITS) {
      bits.put(0, 1);
      bits.put(run - 2 ** LONG_RUN_BITS, LONG_RUN_BITS);
      left -= run;
    } else {
      bits.put(0b10, 2);
      left -= 1;
    }
  }
  return bits.end();
}

function segment(marker: number, content: readonly number[]): Buffer {
  const length = content.length + 2;
  return Buffer.from([0xff, marker, length >> 8, length & 255, ...content]);
}

function codeTable(destination: number, values: readonly number[]): Buffer {
  return segment(0xc4, [destination, 1, 1, ...Array<number>(14).fill(0), ...values]);
}

function scan(from: number, to: number, previousBit: number, bit: number, data: Buffer): Buffer {
  return Buffer.concat([segment(0xda, [1, 1, 0, from, to, (previousBit << 4) | bit]), data]);
}

/** Collects the bits of a scan. Adds a zero byte after each 0xff, which would start a marker (ITU T.81, F.1.2.3). */
class EntropyBits {
  readonly #bytes: number[] = [];
  #byte = 0;
  #count = 0;

  put(value: number, length: number): void {
    for (let shift = length - 1; shift >= 0; shift -= 1) {
      this.#byte = (this.#byte << 1) | ((value >> shift) & 1);
      this.#count += 1;
      if (this.#count === 8) {
        this.#bytes.push(this.#byte);
        if (this.#byte === 0xff) {
          this.#bytes.push(0);
        }
        this.#byte = 0;
        this.#count = 0;
      }
    }
  }

  end(): Buffer {
    while (this.#count > 0) {
      this.put(1, 1);
    }
    return Buffer.from(this.#bytes);
  }
}
