import { buildGroups } from './coefficient-groups.ts';
import { CODE_BITS, END_OF_BLOCK, SKIP_BITS, type SkipTable } from './skip-table.ts';
import { STANDARD_TABLES } from './standard-huffman.ts';

const MAX_SYMBOLS = 256;
/** Symbol of a run of 16 zero coefficients. */
const LONGEST_RUN = 15;

/** Tables for the coefficients of a block after the first. */
export interface AcTables {
  /** Entries of one coefficient each. */
  readonly single: SkipTable;
  /**
   * Entries that stand for as many coefficients as have their codes in the next twelve bits, so that a reader takes
   * half as many steps. If there is none, an entry stands for a block without bits.
   */
  readonly group: SkipTable;
}

/** Kind of a table, as the DHT segment encodes it: for the first coefficient of a block, or for the others. */
const DC = 0;

/** The Huffman tables of a JPEG, by kind and number. */
export class HuffmanTables {
  readonly #definitions = new Map<number, Buffer>();
  readonly #single = new Map<number, SkipTable>();
  readonly #group = new Map<number, SkipTable>();

  constructor() {
    this.define(STANDARD_TABLES);
  }

  /** Reads the tables in a DHT segment (T.81, B.2.4.2). Ignores an incomplete table. */
  define(body: Buffer): void {
    // Each iteration reads the 17 bytes before the symbols of a table.
    for (let offset = 0; offset + 1 + CODE_BITS <= body.length; ) {
      const counts = body.subarray(offset + 1, offset + 1 + CODE_BITS);
      const symbols = Math.min(
        counts.reduce((sum, count) => sum + count, 0),
        MAX_SYMBOLS,
      );
      const end = offset + 1 + CODE_BITS + symbols;
      const id = body[offset] ?? 0;
      this.#definitions.set(id, body.subarray(offset + 1, end));
      this.#single.delete(id);
      this.#group.delete(id);
      offset = end;
    }
  }

  /** Returns the table for the first coefficients of blocks, or undefined if it is not defined. */
  dc(number: number): SkipTable | undefined {
    return this.#table(number);
  }

  /** Returns the tables for the other coefficients, or undefined if they are not defined. */
  ac(number: number): AcTables | undefined {
    const id = number | 0x10;
    const definition = this.#definitions.get(id);
    const single = this.#table(id);
    if (definition === undefined || single === undefined) {
      return undefined;
    }
    const group = this.#group.get(id) ?? buildGroups(single, definition);
    this.#group.set(id, group);
    return { single, group };
  }

  #table(id: number): SkipTable | undefined {
    const definition = this.#definitions.get(id);
    const table = this.#single.get(id) ?? (definition && buildTable(definition, id >> 4 === DC));
    if (table !== undefined) {
      this.#single.set(id, table);
    }
    return table;
  }
}

function buildTable(definition: Buffer, isDc: boolean): SkipTable {
  // Like libjpeg, read 17 bits for a code that is not in the table, and take it for the end of the block.
  const table = new Uint16Array(2 ** CODE_BITS).fill(
    (CODE_BITS + 1) | ((isDc ? 1 : END_OF_BLOCK) << SKIP_BITS),
  );
  let code = 0;
  let next = CODE_BITS;
  for (let length = 1; length <= CODE_BITS; length += 1) {
    const spread = CODE_BITS - length;
    for (let count = definition[length - 1] ?? 0; count > 0; count -= 1) {
      const symbol = definition[next] ?? 0;
      table.fill(entryOf(symbol, length, isDc), code << spread, (code + 1) << spread);
      code += 1;
      next += 1;
    }
    code *= 2;
  }
  return table;
}

/** The lower half of a symbol is the number of bits of the value, and the upper half the number of zeros before it. */
function entryOf(symbol: number, length: number, isDc: boolean): number {
  const bits = symbol & 15;
  const zeros = symbol >> 4;
  if (isDc) {
    return (length + bits) | (1 << SKIP_BITS);
  }
  const endsBlock = bits === 0 && zeros !== LONGEST_RUN;
  return (length + bits) | ((endsBlock ? END_OF_BLOCK : zeros + 1) << SKIP_BITS);
}
