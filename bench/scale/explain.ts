import { interceptStatements, normalizeStatement, type Send } from '../../test/support/statements.ts';
import type { Call } from './calls.ts';
import type { Plan } from './plan.ts';

/** A statement as Portrait sent it once, and its plans. */
export interface Explained {
  /** Database method that sent the statement. */
  readonly call: string;
  readonly name: string;
  readonly plan: Plan;
  /** Plan without knowledge of the values, as for a prepared statement. */
  readonly generic: Plan;
}

/** Statements to explain. Excludes advisory locks and `set_config`, because a rollback may not undo them. */
const EXPLAINABLE = /^\s*(?:select|insert|update|delete)\b(?!.*(?:pg_\w*advisory|set_config))/is;

/**
 * Explains every statement that a run sends, just before the run sends it. EXPLAIN executes the statement over the same
 * connection, in the same transaction. This function then rolls that execution back.
 */
export async function explainDuring(run: (call: Call) => Promise<void>): Promise<Explained[]> {
  const explained: Explained[] = [];
  let current = '';
  let inTransaction = false;
  using _ = interceptStatements(async ({ text, values }, send) => {
    if (/^(?:BEGIN|COMMIT)$/.test(text)) {
      inTransaction = text === 'BEGIN';
    } else if (current !== '' && EXPLAINABLE.test(text)) {
      const [begin, rollBack] = inTransaction
        ? (['SAVEPOINT s', 'ROLLBACK TO s'] as const)
        : (['BEGIN', 'ROLLBACK'] as const);
      await send(begin);
      const plan = await explain(send, `ANALYZE, BUFFERS, FORMAT JSON`, text, values);
      const generic = await explain(send, 'GENERIC_PLAN, FORMAT JSON', text);
      await send(rollBack);
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
