import { SOF2 } from './jpeg-segments.ts';

/** A color component of a JPEG: brightness, or one of two color differences. */
export interface Component {
  readonly id: number;
  /** Numbers of its blocks in an interleaved unit, horizontally and vertically. */
  readonly horizontal: number;
  readonly vertical: number;
}

/** The frame header of a JPEG (ITU-T T.81, B.2.2). */
export interface JpegFrame {
  readonly width: number;
  readonly height: number;
  readonly progressive: boolean;
  readonly components: readonly Component[];
}

/** A component in a scan, and the numbers of its Huffman tables. */
export interface ScanComponent {
  readonly component: Component;
  readonly dcTable: number;
  readonly acTable: number;
}

/** A scan header of a JPEG (ITU-T T.81, B.2.3). */
export interface JpegScan {
  readonly components: readonly ScanComponent[];
  /** True if the scan gives each of its blocks the first value. A progressive JPEG refines them in later scans. */
  readonly first: boolean;
}

const SIZE_OFFSET = 1;
const COMPONENTS_OFFSET = 5;
const FRAME_COMPONENT_BYTES = 3;
const SCAN_COMPONENT_BYTES = 2;
/** Maximum blocks of a component in each direction of an interleaved unit (T.81, table B.2). */
const MAX_SAMPLING = 4;

/** Returns the frame header in a segment, or undefined if libjpeg would reject it. */
export function readFrame(marker: number, body: Buffer): JpegFrame | undefined {
  const count = body[COMPONENTS_OFFSET] ?? 0;
  const first = COMPONENTS_OFFSET + 1;
  if (count === 0 || body.length < first + count * FRAME_COMPONENT_BYTES) {
    return undefined;
  }
  const components = Array.from({ length: count }, (_, index) => {
    const [id = 0, sampling = 0] = body.subarray(first + index * FRAME_COMPONENT_BYTES);
    return { id, horizontal: sampling >> 4, vertical: sampling & 15 };
  });
  const isValid = components.every(
    ({ horizontal, vertical }) => isSampling(horizontal) && isSampling(vertical),
  );
  const height = body.readUInt16BE(SIZE_OFFSET);
  const width = body.readUInt16BE(SIZE_OFFSET + 2);
  return isValid ? { width, height, progressive: marker === SOF2, components } : undefined;
}

function isSampling(blocks: number): boolean {
  return blocks >= 1 && blocks <= MAX_SAMPLING;
}

/** Returns the scan header in a segment, or undefined if it does not fit the frame. */
export function readScan(body: Buffer, frame: JpegFrame): JpegScan | undefined {
  const count = body[0] ?? 0;
  const parameters = 1 + count * SCAN_COMPONENT_BYTES;
  const components: ScanComponent[] = [];
  for (let index = 0; index < count; index += 1) {
    const [id, tables = 0] = body.subarray(1 + index * SCAN_COMPONENT_BYTES);
    // In some files, components share an id. Like libjpeg, match them in the order of the frame.
    const component = frame.components.find((candidate, at) => at >= index && candidate.id === id);
    if (component === undefined) {
      return undefined;
    }
    components.push({ component, dcTable: tables >> 4, acTable: tables & 15 });
  }
  const [spectralStart = 0, , approximation = 0] = body.subarray(parameters);
  const first = !frame.progressive || (spectralStart === 0 && approximation >> 4 === 0);
  return components.length === 0 ? undefined : { components, first };
}

/** A unit is one block of a scan with one component. With more components, it has blocks of each of them. */
export function countUnits({ width, height, components }: JpegFrame, scan: JpegScan): number {
  const horizontal = Math.max(...components.map((each) => each.horizontal));
  const vertical = Math.max(...components.map((each) => each.vertical));
  const [only, another] = scan.components;
  if (only === undefined || another !== undefined) {
    return Math.ceil(width / (8 * horizontal)) * Math.ceil(height / (8 * vertical));
  }
  const columns = Math.ceil((width * only.component.horizontal) / horizontal);
  const rows = Math.ceil((height * only.component.vertical) / vertical);
  return Math.ceil(columns / 8) * Math.ceil(rows / 8);
}
