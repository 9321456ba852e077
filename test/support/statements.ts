import pg from 'pg';

/** A statement as `pg` sends it to Postgres. */
export interface Statement {
  readonly text: string;
  readonly values: unknown[];
}

/** Sends another statement over the same connection, without intercepting it. */
export type Send = (text: string, values?: unknown[]) => Promise<pg.QueryResult>;

/** The overload of `pg.Client.query` that Portrait uses. */
type Query = (config: string | pg.QueryConfig, values?: unknown[]) => Promise<pg.QueryResult>;

/**
 * Calls a function before every statement that this process sends to Postgres. The function can first send other
 * statements over the same connection. It sees only awaited statements, and Portrait awaits all of its statements.
 */
export function interceptStatements(
  inspect: (statement: Statement, send: Send) => Promise<void>,
): Disposable {
  const prototype = pg.Client.prototype;
  const { query } = prototype;
  const observed = async function (this: pg.Client, config: string | pg.QueryConfig, values?: unknown[]) {
    const text = typeof config === 'string' ? config : config.text;
    const bound = values ?? (typeof config === 'string' ? undefined : config.values) ?? [];
    const send: Send = (own, ownValues) => (query as unknown as Query).call(this, own, ownValues);
    await inspect({ text, values: bound }, send);
    return await (query as unknown as Query).call(this, config, values);
  };
  prototype.query = observed as unknown as typeof query;
  return {
    [Symbol.dispose]() {
      prototype.query = query;
    },
  };
}

/** Returns the same text for the same statement, regardless of the number of values in a list. */
export function normalizeStatement(text: string): string {
  return text
    .replaceAll('"', '')
    .replaceAll('portrait.', '')
    .replace(/\s+/g, ' ')
    .replace(/\bin \(\$\d+(?:, \$\d+)*\)/g, 'in (…)')
    .trim();
}
