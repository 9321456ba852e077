import { interceptStatements, normalizeStatement, type Send } from '../../test/support/statements.ts';
import type { Call } from './calls.ts';
import type { Plan } from './plan.ts';

/** A statement as it was sent once, and what Postgres did for it. */
export interface Explained {
  /** The method that sent it. */
  readonly call: string;
  readonly name: string;
  readonly plan: Plan;
  /** What it would do if it did not know the values, as for a prepared statement. */
  readonly generic: Plan;
}

/** What has a plan; locks are taken for good also if they are only explained. */
const EXPLAINED = /^\s*(?:select|insert|update|delete)\b(?!.*(?:pg_\w*advisory|set_config))/is;

/**
 * Explains every statement just before it is really sent: by running it, over its own connection and within its own
 * transaction, and taking that back.
 */
export async function explainDuring(run: (call: Call) => Promise<void>): Promise<Explained[]> {
  const explained: Explained[] = [];
  let current = '';
  let inTransaction = false;
  using _ = interceptStatements(async ({ text, values }, send) => {
    if (/^(?:BEGIN|COMMIT)$/.test(text)) {
      inTransaction = text === 'BEGIN';
    } else if (current !== '' && EXPLAINED.test(text)) {
      const takeBack = inTransaction ? ['SAVEPOINT s', 'ROLLBACK TO s'] : ['BEGIN', 'ROLLBACK'];
      await send(takeBack[0] as string);
      const plan = await explain(send, `ANALYZE, BUFFERS, FORMAT JSON`, text, values);
      const generic = await explain(send, 'GENERIC_PLAN, FORMAT JSON', text);
      await send(takeBack[1] as string);
      explained.push({ call: current, name: normalizeStatement(text), plan, generic });
    }
  });
  await run(async (name, work) => {
    current = name;
    const result = await work();
    current = '';
    return result;
  });
  return explained;
}

async function explain(send: Send, options: string, text: string, values?: unknown[]): Promise<Plan> {
  const { rows } = await send(`EXPLAIN (${options}) ${text}`, values);
  return rows[0]['QUERY PLAN'][0]['Plan'];
}
