import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { atTestEnd } from './current-test.ts';

/**
 * Fate of a COMMIT:
 * - lost: the proxy cuts the connection, and Postgres never receives the COMMIT.
 * - unanswered: Postgres executes the COMMIT, and the proxy cuts the connection before the response.
 * - late: the proxy cuts the client's connection, and delivers the COMMIT when the test calls
 *   {@link DatabaseProxy.deliver}. Until then, Postgres keeps the transaction, however slow the test is.
 * - abandoned: the proxy cuts the client's connection and keeps its own. The transaction idles until Postgres ends it.
 */
export type CommitFate = 'lost' | 'unanswered' | 'late' | 'abandoned';

/** A proxy between a server and its Postgres that simulates network failures. */
export interface DatabaseProxy {
  /** URL of the database through the proxy. */
  readonly url: string;
  /** Applies this fate to the next COMMIT of a transaction that has a matching statement. */
  cutCommit(statement: RegExp, fate: CommitFate): void;
  /** Resolves when the client's connection for that COMMIT is closed. */
  whenCut(): Promise<void>;
  /** Sends a late COMMIT to Postgres. */
  deliver(): void;
  /**
   * Cuts all connections and rejects new ones, until `restore`.
   * @param rejections number of rejected connections after which the proxy restores itself. Default: no limit.
   */
  disconnect(rejections?: number): void;
  /** Returns the number of rejected connections. */
  rejectedConnections(): number;
  /** Forwards nothing over existing and new connections, until `restore`. */
  stall(): void;
  restore(): void;
}

interface Cut {
  readonly statement: RegExp;
  readonly fate: CommitFate;
  readonly done: PromiseWithResolvers<void>;
  deliver: () => void;
}

/** Last bytes of the messages in which `pg` sends these statements, which have no parameters. */
const COMMIT = Buffer.from('COMMIT\0');
const BEGIN = Buffer.from('BEGIN\0');
/** Lifts the time limit of the open transaction, which Portrait sets. */
const KEEP_TRANSACTION = queryMessage('SET LOCAL idle_in_transaction_session_timeout = 0');

/** Starts a proxy in front of a database for the current test. */
export async function proxyFor(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let stalled = false;
  /** Number of new connections that the proxy still rejects. */
  let rejections = 0;
  let rejectedConnections = 0;
  let next: Cut | undefined;
  let latest: Cut | undefined;

  function accept(client: Socket): void {
    if (rejections > 0) {
      rejections -= 1;
      rejectedConnections += 1;
      client.destroy();
      return;
    }
    const server = connect(Number(target.port), target.hostname);
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => sockets.delete(socket));
    }
    let isHeld = false;
    client.once('close', () => isHeld || server.destroy());
    server.once('close', () => client.destroy());
    let transaction = '';
    client.on('data', (chunk: Buffer) => {
      transaction = chunk.includes(BEGIN) ? '' : transaction + chunk.toString('latin1');
      if (chunk.includes(COMMIT) && next?.statement.test(transaction)) {
        isHeld = next.fate === 'late' || next.fate === 'abandoned';
        applyFate(next, { client, server, chunk });
        next = undefined;
      } else if (!stalled) {
        server.write(chunk);
      }
    });
    server.on('data', (chunk: Buffer) => {
      if (!stalled) {
        client.write(chunk);
      }
    });
  }

  const listener: Server = createServer(accept).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const url = new URL(databaseUrl);
  url.port = String(port);

  function cutAll(): void {
    for (const socket of sockets) {
      socket.destroy();
    }
  }
  atTestEnd(() => {
    cutAll();
    listener.close();
  });

  return {
    url: url.href,
    cutCommit(statement, fate) {
      next = { statement, fate, done: Promise.withResolvers(), deliver: () => {} };
      latest = next;
    },
    whenCut: async () => latest?.done.promise,
    deliver: () => latest?.deliver(),
    disconnect(limit = Number.POSITIVE_INFINITY) {
      rejections = limit;
      cutAll();
    },
    rejectedConnections: () => rejectedConnections,
    stall() {
      stalled = true;
    },
    restore() {
      if (stalled) {
        cutAll();
      }
      stalled = false;
      rejections = 0;
    },
  };
}

function applyFate(
  cut: Cut,
  { client, server, chunk }: { client: Socket; server: Socket; chunk: Buffer },
): void {
  client.once('close', cut.done.resolve);
  if (cut.fate === 'unanswered') {
    server.removeAllListeners('data');
    server.once('data', () => client.destroy());
    server.write(chunk);
    return;
  }
  if (cut.fate === 'late') {
    server.write(KEEP_TRANSACTION);
    cut.deliver = () => server.write(chunk);
  }
  client.destroy();
}

/** Returns the message of a simple query; see https://www.postgresql.org/docs/18/protocol-message-formats.html. */
function queryMessage(sql: string): Buffer {
  const text = Buffer.from(`${sql}\0`);
  const head = Buffer.from('Q\0\0\0\0');
  // The length includes its own four bytes.
  head.writeInt32BE(text.length + 4, 1);
  return Buffer.concat([head, text]);
}
