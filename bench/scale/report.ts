import { percentile } from '../support/percentile.ts';
import { print } from '../support/print.ts';
import type { Explained } from './explain.ts';
import { buffersOf, pathsOf, printPlan, walksTable } from './plan.ts';
import type { Step } from './step.ts';

/**
 * How many more pages a statement may look at when the tables have grown a hundredfold: an index gets a level more, and
 * rows that lay beside each other in a small table do not in a large one.
 */
const MAX_GROWTH = 3;
const MAX_MORE_PAGES = 8;

/** Prints all tables in Markdown. */
export function printReport(steps: readonly Step[]): void {
  printMarkdown('Bytes', ['', ...steps.map(sizeOf)], byteRows(steps));
  printMarkdown('Pages of every statement', STATEMENT_HEAD(steps), statementRows(steps));
  printMarkdown('Milliseconds of every call, p50 / p99', ['', ...steps.map(sizeOf)], latencyRows(steps));
  printMarkdown('Seconds to make it', ['', ...steps.map(sizeOf)], durationRows(steps));
  printMarkdown('Pictures a second, of what walks', ['', ...steps.map(sizeOf)], rateRows(steps));
  const faults = findFaults(steps);
  print(faults.length === 0 ? '\nNo statement grows with the tables.' : `\nFAULTS\n${faults.join('\n')}`);
}

/** Every statement in full with its plan at the largest size, as a page of Markdown. */
export function printPlans(steps: readonly Step[]): string {
  const last = steps.at(-1);
  const sections = byName(last?.explained ?? []).map(([name, sent]) =>
    [
      `### ${callsOf(sent)}`,
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
    '# Every statement and its plan',
    '',
    `Written by \`npm run bench -- scale\`, of ${last?.filled.pictures.toLocaleString('en')} pictures. [scale.md](scale.md) says what it means.`,
    'Above each: the calls of the database that send it. Rows and pages are those of one run.',
    '',
    ...sections,
  ].join('\n');
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
  'statement',
  'sent by',
  'finds its rows by',
  ...steps.map(sizeOf),
  'not analysed',
  'hot user',
];

function statementRows(steps: readonly Step[]): string[][] {
  const last = steps.at(-1);
  return byName(last?.explained ?? []).map(([name, sent]) => [
    `\`${shortName(name)}\``,
    callsOf(sent),
    pathsOf(costliest(sent).plan).join(', ') || '-',
    ...steps.map(({ explained }) => pagesOf(explained, name)),
    pagesOf(last?.unanalysed ?? [], name),
    pagesOf(last?.ofHotUser ?? [], name),
  ]);
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
    [...step.unanalysed, ...step.explained, ...step.ofHotUser]
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
    return after > before * MAX_GROWTH + MAX_MORE_PAGES ? [`${before} pages became ${after}: ${name}`] : [];
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

function callsOf(sent: readonly Explained[]): string {
  return [...new Set(sent.map(({ call }) => call))].join(', ');
}

/** Without the list of columns, which the page of plans has. */
function shortName(name: string): string {
  const short = name
    .replace(/^select (?!max)[^(]*? from/, 'select … from')
    .replace(/\b[a-z]+\.(?=[a-z_]+\b)/g, '');
  return short.length <= 130 ? short : `${short.slice(0, 127)}...`;
}
