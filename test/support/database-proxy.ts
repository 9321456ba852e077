import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { atTestEnd } from './present-test.ts';

/**
 * What happens to a COMMIT on its way:
 * - lost: the connection is cut, and Postgres never gets it.
 * - unanswered: Postgres gets it and does it; the connection is cut before the answer.
 * - late: the client's connection is cut, and Postgres gets it only when {@link DatabaseProxy.deliver} is called.
 */
export type CommitFate = 'lost' | 'unanswered' | 'late';

/** Stands between a server and its Postgres, and lets the network fail. */
export interface DatabaseProxy {
  /** The database's URL through the proxy. */
  readonly url: string;
  /** Lets this happen to the next COMMIT of a transaction in which a statement matches. */
  cutCommit(statement: RegExp, fate: CommitFate): void;
  /** Resolves when that has happened. */
  cut(): Promise<void>;
  /** Sends a late COMMIT on its way. */
  deliver(): void;
  /** Cuts all connections, and every new one, until `restore`. */
  goAway(): void;
  /** How many connections were cut as they came. */
  turnedAway(): number;
  /** Accepts connections, and passes nothing on, until `restore`; also on those that there are. */
  fallSilent(): void;
  restore(): void;
}

interface Cut {
  readonly statement: RegExp;
  readonly fate: CommitFate;
  readonly done: PromiseWithResolvers<void>;
  deliver: () => void;
}

/** A message of its own, as `pg` sends statements without parameters. */
const COMMIT = Buffer.from('COMMIT\0');
const BEGIN = Buffer.from('BEGIN\0');

export async function proxyFor(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let silent = false;
  let away = false;
  let turnedAway = 0;
  let next: Cut | undefined;
  let latest: Cut | undefined;

  function accept(client: Socket): void {
    if (away) {
      turnedAway += 1;
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
        isHeld = next.fate === 'late';
        meetFate(next, { client, server, chunk });
        next = undefined;
      } else if (!silent) {
        server.write(chunk);
      }
    });
    server.on('data', (chunk: Buffer) => {
      if (!silent) {
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
    cut: async () => latest?.done.promise,
    deliver: () => latest?.deliver(),
    goAway() {
      away = true;
      cutAll();
    },
    turnedAway: () => turnedAway,
    fallSilent() {
      silent = true;
    },
    restore() {
      if (silent) {
        cutAll();
      }
      silent = false;
      away = false;
    },
  };
}

function meetFate(
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
  cut.deliver = () => server.write(chunk);
  client.destroy();
}
