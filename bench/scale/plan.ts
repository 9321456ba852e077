/** A node of a plan from `EXPLAIN (FORMAT JSON)`. The counts are present only if the statement ran. */
export interface Plan {
  readonly 'Node Type': string;
  readonly Operation?: string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Conflict Arbiter Indexes'?: readonly string[];
  readonly 'Subplan Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Filter?: string;
  readonly 'Actual Rows'?: number;
  readonly 'Actual Loops'?: number;
  readonly 'Shared Hit Blocks'?: number;
  readonly 'Shared Read Blocks'?: number;
  readonly Plans?: readonly Plan[];
}

/** Returns the number of pages of tables and indexes that a plan reads, in memory or not. */
export function buffersOf(plan: Plan): number {
  return (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0);
}

function nodesOf(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

/** Returns how a plan finds its rows: the indexes that it uses, and the tables that it walks. */
export function pathsOf(plan: Plan): string[] {
  const paths = nodesOf(plan).flatMap((node) => {
    if (walks(node)) {
      return [`WALKS ${node['Relation Name']}`];
    }
    return node['Index Name'] ?? node['Conflict Arbiter Indexes'] ?? [];
  });
  return [...new Set(paths)];
}

/** Returns whether a plan walks a growing table, which is a sequential scan. */
export function walksTable(plan: Plan): boolean {
  return nodesOf(plan).some(walks);
}

/** Tables that grow. The table of moves has at most one row, and Postgres's catalog does not grow with Portrait. */
const GROWING = new Set<string | undefined>(['users', 'pictures', 'counts', 'outbox']);

function walks(node: Plan): boolean {
  return node['Node Type'] === 'Seq Scan' && GROWING.has(node['Relation Name']);
}

/** Formats a plan as `EXPLAIN` does, with the figures that matter here. */
export function printPlan(plan: Plan, depth = 0): string {
  const { Operation, 'Relation Name': relation, 'Index Name': index, 'Subplan Name': subplan } = plan;
  const indent = '  '.repeat(depth);
  const head = [
    subplan === undefined ? '' : `${subplan}: `,
    plan['Node Type'] === 'ModifyTable' ? Operation : plan['Node Type'],
    index === undefined ? '' : ` using ${index}`,
    relation === undefined ? '' : ` on ${relation}`,
    `  (rows ${plan['Actual Rows'] ?? '-'}, times ${plan['Actual Loops'] ?? '-'}, pages ${buffersOf(plan)})`,
  ];
  const conditions = [
    plan['Index Cond'] === undefined ? [] : [`Index Cond: ${plan['Index Cond']}`],
    plan.Filter === undefined ? [] : [`Filter: ${plan.Filter}`],
  ].flat();
  return [
    `${indent}${head.join('')}`,
    ...conditions.map((condition) => `${indent}    ${shortened(condition)}`),
    ...(plan.Plans ?? []).map((child) => printPlan(child, depth + 1)),
  ].join('\n');
}

/** Shortens a condition, because a list of a hundred ids would hide the rest of the plan. */
function shortened(condition: string): string {
  return condition.length <= 160 ? condition : `${condition.slice(0, 157)}...`;
}
