import { fork, type Serializable } from 'node:child_process';
import { once } from 'node:events';

/** A child process that communicates by messages. */
export interface ForkedProcess<Answer> extends AsyncDisposable {
  readonly pid: number;
  send(message: Serializable): void;
  /** Returns the next message from the process. Rejects if the process ends first. */
  answer(): Promise<Answer>;
}

/** Runs a module in a child process. The module must exit when it is disconnected. */
export function forkProcess<Answer>(path: string, args: readonly string[] = []): ForkedProcess<Answer> {
  const child = fork(path, args);
  const exit = once(child, 'exit');
  return {
    pid: child.pid as number,
    send: (message) => child.send(message),
    async answer() {
      const [answer] = await Promise.race([
        once(child, 'message'),
        exit.then(() => {
          throw new Error(`${path} ended.`);
        }),
      ]);
      return answer as Answer;
    },
    async [Symbol.asyncDispose]() {
      child.disconnect();
      await exit;
    },
  };
}
