import { toClientError } from '../graphql/errors.ts';
import type { ImportEntry } from '../upkeep/import/import-entry.ts';
import type { ImportOptions, ImportOutcome } from '../upkeep/import/import-picture.ts';
import { writeLine } from './command-line.ts';

export interface ImportRun extends ImportOptions {
  /** Absolute path of the folder or the CSV file. */
  readonly source: string;
}

/** A report that is written during the import, so that its size in memory does not grow. */
export interface ImportReport {
  add(entry: ImportEntry, outcome: ImportOutcome | Error): void;
  /** Writes the totals. @param finished false if an error ended the import. @returns the number of refused entries. */
  end(finished: boolean): number;
}

type Totals = Record<ImportOutcome | 'refused', number>;

/** Creates a report for people: a line for each entry that needs attention, then the totals. */
export function createTextReport(run: ImportRun): ImportReport {
  const totals = noTotals();
  return {
    add(entry, outcome) {
      count(totals, outcome);
      const place = entry.line === undefined ? '' : `line ${entry.line}: `;
      if (outcome instanceof Error) {
        const { code, message } = refusalOf(outcome);
        writeLine(`refused  ${place}${printable(entry.file)}: ${printable(message)} (${code})`);
      } else if (outcome === 'kept') {
        writeLine(`kept     ${place}${printable(entry.file)}: The user has another picture.`);
      }
    },
    end(finished) {
      const { imported, known, kept, refused } = totals;
      const verb = run.dryRun ? 'can be imported' : 'imported';
      writeLine(`${imported} ${verb}, ${known} imported earlier, ${kept} kept, ${refused} refused.`);
      if (kept > 0) {
        writeLine('Use --replace to replace the pictures of users who already have one.');
      }
      if (!finished) {
        writeLine('The import is incomplete. Run the same command again to continue.');
      }
      return refused;
    },
  };
}

/** Creates a report for programs: one JSON document. */
export function createJsonReport(run: ImportRun): ImportReport {
  const totals = noTotals();
  let separator = '';
  process.stdout.write(
    `{"source":${JSON.stringify(run.source)},"dryRun":${run.dryRun},"replace":${run.replace},"entries":[`,
  );
  return {
    add({ file, line, userId }, outcome) {
      count(totals, outcome);
      if (outcome instanceof Error || outcome === 'kept') {
        const entry = { file, line, userId };
        const result =
          outcome instanceof Error
            ? { outcome: 'refused', ...refusalOf(outcome) }
            : { outcome, code: 'HAS_PICTURE', message: 'The user has another picture.' };
        process.stdout.write(`${separator}\n${JSON.stringify({ ...entry, ...result })}`);
        separator = ',';
      }
    },
    end(finished) {
      process.stdout.write(`],${JSON.stringify({ ...totals, finished }).slice(1)}\n`);
      return totals.refused;
    },
  };
}

function noTotals(): Totals {
  return { imported: 0, known: 0, kept: 0, refused: 0 };
}

function count(totals: Totals, outcome: ImportOutcome | Error): void {
  totals[outcome instanceof Error ? 'refused' : outcome] += 1;
}

/** Returns the code and the sentence that a client would get. */
function refusalOf(error: Error): { code: unknown; message: string } {
  const { message, extensions } = toClientError(error, '', () => {});
  return { code: extensions['code'], message };
}

/** Replaces control characters, which could change how a terminal shows the report. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '\u{fffd}');
}
