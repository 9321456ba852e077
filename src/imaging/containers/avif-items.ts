import { UnreadableImageError } from '../errors.ts';
import { readExtents, readItemLocations } from './avif-locations.ts';
import { ByteReader } from './byte-reader.ts';
import { type Box, needBox, onlyBox, openFullBox, readBoxes, readTopBoxes } from './iso-boxes.ts';

/** Items of a HEIF file and their dependencies (ISO/IEC 14496-12, 8.11, and 23008-12). */
export interface AvifItems {
  readonly primary: number;
  /** Type of each item in four characters, such as `av01` or `grid`. */
  readonly types: ReadonlyMap<number, string>;
  /** Items from which each derived item is made, in order and with repetitions. */
  readonly inputs: ReadonlyMap<number, readonly number[]>;
  /** Auxiliary items of each item, such as its alpha channel. */
  readonly auxiliaries: ReadonlyMap<number, readonly number[]>;
  readonly properties: ReadonlyMap<number, readonly Box[]>;
  /** Returns the bytes of an item. Throws UnreadableImageError. */
  data(item: number): Buffer;
}

/** Maximum references of one item and one type. libheif reads no more. */
const MAX_REFERENCES = 256;
/** Maximum properties of one item. Encoders write about ten. */
const MAX_PROPERTIES = 256;

/** Reads the `meta` box. Throws UnreadableImageError if it is damaged, or repeats an entry that must be unique. */
export function readAvifItems(avif: Buffer): AvifItems {
  const boxes = readBoxes(needBox(readTopBoxes(avif), 'meta').subarray(4));
  const locations = readItemLocations(needBox(boxes, 'iloc'));
  const idat = onlyBox(boxes, 'idat') ?? Buffer.alloc(0);
  return {
    primary: readPrimary(needBox(boxes, 'pitm')),
    types: readTypes(needBox(boxes, 'iinf')),
    ...readReferences(onlyBox(boxes, 'iref')),
    properties: readProperties(needBox(boxes, 'iprp')),
    data(item) {
      const location = locations.get(item);
      if (location === undefined) {
        throw new UnreadableImageError();
      }
      return readExtents(location.inIdat ? idat : avif, location);
    },
  };
}

function readPrimary(pitm: Buffer): number {
  const { version, reader } = openFullBox(pitm);
  return reader.uint(version === 0 ? 2 : 4);
}

function readTypes(iinf: Buffer): Map<number, string> {
  const { version, reader } = openFullBox(iinf);
  reader.uint(version === 0 ? 2 : 4);
  const types = new Map<number, string>();
  for (const { body } of readBoxes(reader.bytes(reader.left))) {
    const entry = openFullBox(body);
    const item = entry.reader.uint(entry.version < 3 ? 2 : 4);
    // Skip the protection index.
    entry.reader.uint(2);
    setOnce(types, item, entry.reader.code());
  }
  return types;
}

function readReferences(iref: Buffer = Buffer.alloc(4)): Pick<AvifItems, 'inputs' | 'auxiliaries'> {
  const { version, reader } = openFullBox(iref);
  const idBytes = version === 0 ? 2 : 4;
  const inputs = new Map<number, number[]>();
  const auxiliaries = new Map<number, number[]>();
  for (const { type, body } of readBoxes(reader.bytes(reader.left))) {
    const ids = new ByteReader(body);
    const from = ids.uint(idBytes);
    const to = Array.from({ length: ids.uint(2) }, () => ids.uint(idBytes));
    if (to.length > MAX_REFERENCES) {
      throw new UnreadableImageError();
    }
    if (type === 'dimg') {
      setOnce(inputs, from, to);
    } else if (type === 'auxl') {
      for (const master of to) {
        getOrAdd(auxiliaries, master).push(from);
      }
    }
  }
  return { inputs, auxiliaries };
}

/** Reads `ipco`, the list of all properties, and `ipma`, which assigns them to items. */
function readProperties(iprp: Buffer): Map<number, Box[]> {
  const boxes = readBoxes(iprp);
  const all = readBoxes(needBox(boxes, 'ipco'));
  const properties = new Map<number, Box[]>();
  for (const { body } of boxes.filter(({ type }) => type === 'ipma')) {
    for (const [item, indices] of readAssociations(body)) {
      // Indices of properties start at 1.
      const ofItem = getOrAdd(properties, item);
      ofItem.push(...indices.flatMap((index) => all[index - 1] ?? []));
      if (ofItem.length > MAX_PROPERTIES) {
        throw new UnreadableImageError();
      }
    }
  }
  return properties;
}

/** Returns the items of an `ipma` box with the indices of their properties. */
function readAssociations(ipma: Buffer): [item: number, indices: number[]][] {
  const { version, flags, reader } = openFullBox(ipma);
  const isWide = (flags & 1) !== 0;
  const associations: [number, number[]][] = [];
  for (let entries = reader.uint(4); entries > 0; entries -= 1) {
    const item = reader.uint(version === 0 ? 2 : 4);
    // The highest bit marks the property as essential.
    const indices = Array.from({ length: reader.uint(1) }, () =>
      isWide ? reader.uint(2) & 0x7fff : reader.uint(1) & 0x7f,
    );
    associations.push([item, indices]);
  }
  return associations;
}

function setOnce<Value>(map: Map<number, Value>, key: number, value: Value): void {
  if (map.has(key)) {
    throw new UnreadableImageError();
  }
  map.set(key, value);
}

function getOrAdd<Value>(map: Map<number, Value[]>, key: number): Value[] {
  const values = map.get(key) ?? [];
  map.set(key, values);
  return values;
}
