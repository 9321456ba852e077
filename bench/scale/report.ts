import { percentile } from '../support/percentile.ts';
import { print } from '../support/print.ts';
import type { Explained } from './explain.ts';
import { buffersOf, pathsOf, printPlan, walksTable } from './plan.ts';
import type { Step } from './step.ts';

/**
 * Maximum growth of the pages that a statement reads when the tables grow a hundredfold: a factor, plus a number of
 * pages. An index gets another level, and rows that share a page in a small table do not in a large table.
 */
const MAX_GROWTH = 3;
const MAX_MORE_PAGES = 8;
/** Maximum number of calls that a row of the table of statements names. */
const MAX_NAMED_CALLS = 5;

/** Prints all tables in Markdown. */
export function printReport(steps: readonly Step[]): void {
  printMarkdown('Size', ['table or index', ...steps.map(sizeOf)], byteRows(steps));
  printMarkdown('Pages that each statement reads', STATEMENT_HEAD(steps), statementRows(steps));
  printStatements(steps);
  printMarkdown('Milliseconds of each call, p50 / p99', ['call', ...steps.map(sizeOf)], latencyRows(steps));
  printMarkdown('Seconds to fill the tables', ['step', ...steps.map(sizeOf)], durationRows(steps));
  printMarkdown(
    'Pictures a second of operations that walk all rows',
    ['operation', ...steps.map(sizeOf)],
    rateRows(steps),
  );
  const faults = findFaults(steps);
  print(
    faults.length === 0
      ? '\nNo statement grows with the tables.'
      : `\nThese statements walk a table or grow with it:\n${faults.join('\n')}`,
  );
}

/** Returns a page of Markdown with every statement in full, and its plan at the largest size. */
export function printPlans(steps: readonly Step[]): string {
  const last = steps.at(-1);
  const pictures = last?.filled.pictures.toLocaleString('en');
  const sections = byName(last?.explained ?? []).map(([name, sent], index) =>
    [
      `## Statement ${index + 1}`,
      '',
      wrap(`Sent by ${callsOf(sent).join(', ')}.`),
      '',
      '```sql',
      name,
      '```',
      '```',
      printPlan(costliest(sent).plan),
      '```',
      '',
    ].join('\n'),
  );
  return [
    '# Statements and plans',
    '',
    `\`npm run bench -- scale\` wrote this page with ${pictures} pictures. [scale.md](scale.md) explains the figures.`,
    'Each section names the database calls that send the statement: the method and, after a colon, the case.',
    'Rows and pages are those of one run.',
    '',
    ...sections,
  ].join('\n');
}

/** Breaks a paragraph into lines of at most 120 columns. */
function wrap(text: string): string {
  return text.replaceAll(/(.{1,120})(?: |$)/g, '$1\n').trimEnd();
}

function printMarkdown(title: string, head: readonly string[], rows: readonly (readonly string[])[]): void {
  print(`\n${title}\n`);
  for (const row of [head, head.map((_, column) => (column === 0 ? '---' : '--:')), ...rows]) {
    print(`| ${row.join(' | ')} |`);
  }
}

function sizeOf({ filled }: Step): string {
  return filled.pictures.toLocaleString('en');
}

function byteRows(steps: readonly Step[]): string[][] {
  const names = steps[0]?.bytes.map(({ name }) => name) ?? [];
  return names.map((name) => [
    `\`${name}\``,
    ...steps.map(({ bytes, filled }) => {
      const size = bytes.find((entry) => entry.name === name)?.bytes ?? 0;
      return `${(size / 1e6).toFixed(0)} MB (${(size / filled.pictures).toFixed(0)} B)`;
    }),
  ]);
}

const STATEMENT_HEAD = (steps: readonly Step[]) => [
  '#',
  'sent by',
  'finds its rows by',
  ...steps.map(sizeOf),
  'not analyzed',
  'hot user',
];

function statementRows(steps: readonly Step[]): string[][] {
  const last = steps.at(-1);
  return byName(last?.explained ?? []).map(([name, sent], index) => [
    String(index + 1),
    shortList(callsOf(sent)),
    pathsOf(costliest(sent).plan).join(', ') || '-',
    ...steps.map(({ explained }) => pagesOf(explained, name)),
    pagesOf(last?.beforeAnalyze ?? [], name),
    pagesOf(last?.ofHotUser ?? [], name),
  ]);
}

/** Prints the statements with their numbers in the table, as a block of code. */
function printStatements(steps: readonly Step[]): void {
  const names = byName(steps.at(-1)?.explained ?? []).map(([name]) => shortName(name));
  const lines = names.map((name, index) => `${String(index + 1).padStart(2)}  ${name}`);
  print(['', '```', ...lines, '```'].join('\n'));
}

function latencyRows(steps: readonly Step[]): string[][] {
  const calls = [...(steps[0]?.latencies.keys() ?? [])];
  return calls.map((call) => [
    call,
    ...steps.map(({ latencies }) => {
      const values = latencies.get(call) ?? [];
      return `${percentile(values, 50).toFixed(1)} / ${percentile(values, 99).toFixed(1)}`;
    }),
  ]);
}

function durationRows(steps: readonly Step[]): string[][] {
  const names = steps[0]?.durations.map(([name]) => name) ?? [];
  return names.map((name) => [
    name,
    ...steps.map(({ durations }) => (durations.find(([other]) => other === name)?.[1] ?? 0).toFixed(1)),
  ]);
}

function rateRows(steps: readonly Step[]): string[][] {
  const row = (name: 'storedPictures' | 'knownPaths' | 'copy') => [
    name,
    ...steps.map(({ rates }) => Math.round(rates[name]).toLocaleString('en')),
  ];
  return [row('storedPictures'), row('knownPaths'), row('copy')];
}

function findFaults(steps: readonly Step[]): string[] {
  const [first, last] = [steps[0], steps.at(-1)];
  const walks = steps.flatMap((step) =>
    [...step.beforeAnalyze, ...step.explained, ...step.ofHotUser]
      .filter(({ plan, generic }) => walksTable(plan) || walksTable(generic))
      .map(
        ({ call, name, plan }) =>
          `${sizeOf(step)}, ${call}, ${walksTable(plan) ? 'walks' : 'generic plan walks'}: ${name}`,
      ),
  );
  const counted = steps
    .filter((step) => step.walks > 0)
    .map((step) => `${sizeOf(step)}: Postgres counted ${step.walks} sequential scans`);
  const grown = byName(last?.explained ?? []).flatMap(([name, sent]) => {
    const before = Number(pagesOf(first?.explained ?? [], name));
    const after = buffersOf(costliest(sent).plan);
    return after > before * MAX_GROWTH + MAX_MORE_PAGES
      ? [`grew from ${before} to ${after} pages: ${name}`]
      : [];
  });
  return [...new Set([...walks, ...counted, ...grown])];
}

function byName(explained: readonly Explained[]): [string, Explained[]][] {
  return [...Map.groupBy(explained, ({ name }) => name)];
}

function costliest(sent: readonly Explained[]): Explained {
  return sent.reduce((most, next) => (buffersOf(next.plan) > buffersOf(most.plan) ? next : most));
}

function pagesOf(explained: readonly Explained[], name: string): string {
  const sent = explained.filter((entry) => entry.name === name);
  return sent.length === 0 ? '-' : String(buffersOf(costliest(sent).plan));
}

function callsOf(sent: readonly Explained[]): string[] {
  return [...new Set(sent.map(({ call }) => call))];
}

/** Joins the names of calls. If there are too many for a table, only counts the last calls. */
function shortList(calls: readonly string[]): string {
  if (calls.length <= MAX_NAMED_CALLS) {
    return calls.join(', ');
  }
  const named = calls.slice(0, MAX_NAMED_CALLS - 1);
  return `${named.join(', ')} and ${calls.length - named.length} more`;
}

/** Shortens a statement to one line, without its list of columns. The page of plans has the whole statement. */
function shortName(name: string): string {
  const short = name
    .replace(/^select (?!max)[^(]*? from/, 'select … from')
    .replace(/\b[a-z]+\.(?=[a-z_]+\b)/g, '');
  return short.length <= 130 ? short : `${short.slice(0, 127)}...`;
}
