import { makeScratch } from './entropy-data.ts';
import { HuffmanTables } from './huffman-tables.ts';
import { type Component, type JpegFrame, readFrame, readScan } from './jpeg-frame.ts';
import {
  DHT,
  DRI,
  EOI,
  type JpegSegment,
  nextSegment,
  SOF0,
  SOF1,
  SOF2,
  SOI_BYTES,
  SOS,
} from './jpeg-segments.ts';
import { hasAllUnits } from './jpeg-units.ts';

/**
 * Returns whether a JPEG has a value for each block of each component. Finds the codes of all coefficients without
 * decoding them. In a progressive JPEG, later scans only add detail, so the first scan of each component decides.
 * Ignores bytes between segments, bytes before restart markers, and a missing end marker. Never throws. Takes time in
 * proportion to the file's size: a code has at least one bit, and only the first scan of a component is read.
 */
export function hasAllBlocks(jpeg: Buffer): boolean {
  const coverage = new Coverage(jpeg);
  let segment = nextSegment(jpeg, SOI_BYTES);
  // Each segment ends after the one before it.
  for (; segment !== undefined && segment.marker !== EOI; segment = nextSegment(jpeg, segment.end)) {
    coverage.add(segment);
    if (coverage.result !== undefined) {
      return coverage.result;
    }
  }
  return false;
}

/** Follows the segments of a JPEG and notes which components have their blocks. */
class Coverage {
  readonly #jpeg: Buffer;
  readonly #tables = new HuffmanTables();
  readonly #scratch: Buffer;
  /** Components whose first scan has not been found. */
  readonly #missing = new Set<Component>();
  #frame: JpegFrame | undefined;
  #interval = 0;
  /** True once each component has its blocks, false once a scan lacks some. */
  result: boolean | undefined;

  constructor(jpeg: Buffer) {
    this.#jpeg = jpeg;
    this.#scratch = makeScratch(jpeg);
  }

  add({ marker, body, end }: JpegSegment): void {
    switch (marker) {
      case DHT:
        this.#tables.define(body);
        break;
      case DRI:
        this.#interval = body.length < 2 ? 0 : body.readUInt16BE(0);
        break;
      case SOF0:
      case SOF1:
      case SOF2:
        this.#addFrame(marker, body);
        break;
      case SOS:
        this.#addScan(body, end);
        break;
    }
  }

  #addFrame(marker: number, body: Buffer): void {
    if (this.#frame === undefined) {
      this.#frame = readFrame(marker, body);
      for (const component of this.#frame?.components ?? []) {
        this.#missing.add(component);
      }
    }
  }

  #addScan(body: Buffer, dataStart: number): void {
    const frame = this.#frame;
    const scan = frame && readScan(body, frame);
    if (
      frame === undefined ||
      !scan?.components.some(({ component }) => scan.first && this.#missing.has(component))
    ) {
      return;
    }
    const layout = { frame, scan, tables: this.#tables, interval: this.#interval };
    if (!hasAllUnits(this.#jpeg, dataStart, layout, this.#scratch)) {
      this.result = false;
      return;
    }
    for (const { component } of scan.components) {
      this.#missing.delete(component);
    }
    this.result = this.#missing.size === 0 ? true : undefined;
  }
}
