import pg from 'pg';

/** As it is sent to Postgres. */
export interface Statement {
  readonly text: string;
  readonly values: unknown[];
}

/** Sends a statement of one's own over the same connection, unobserved. */
export type Send = (text: string, values?: unknown[]) => Promise<pg.QueryResult>;

/** As we call it, of its many ways. */
type Query = (config: string | pg.QueryConfig, values?: unknown[]) => Promise<pg.QueryResult>;

/**
 * Lets somebody look at every statement that this process sends to Postgres, before it is sent, and do something over
 * the same connection first. Only statements are seen that are awaited, as all of ours are.
 */
export function beforeStatements(look: (statement: Statement, send: Send) => Promise<void>): Disposable {
  const prototype = pg.Client.prototype;
  const { query } = prototype;
  const observed = async function (this: pg.Client, config: string | pg.QueryConfig, values?: unknown[]) {
    const text = typeof config === 'string' ? config : config.text;
    const bound = values ?? (typeof config === 'string' ? undefined : config.values) ?? [];
    const send: Send = (own, ownValues) => (query as unknown as Query).call(this, own, ownValues);
    await look({ text, values: bound }, send);
    return await (query as unknown as Query).call(this, config, values);
  };
  prototype.query = observed as unknown as typeof query;
  return {
    [Symbol.dispose]() {
      prototype.query = query;
    },
  };
}

/** The same text for the same statement, however many values a list in it has. */
export function nameOf(text: string): string {
  return text
    .replaceAll('"', '')
    .replaceAll('portrait.', '')
    .replace(/\s+/g, ' ')
    .replace(/\bin \(\$\d+(?:, \$\d+)*\)/g, 'in (…)')
    .trim();
}
