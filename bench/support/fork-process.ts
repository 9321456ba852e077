import { fork, type Serializable } from 'node:child_process';
import { once } from 'node:events';

/** A child process that communicates by messages. */
export interface ForkedProcess<Message> extends AsyncDisposable {
  readonly pid: number;
  send(message: Serializable): void;
  /** Returns the next message from the process. Rejects if the process ends first. */
  nextMessage(): Promise<Message>;
}

/** Runs a module in a child process. The module must exit when it is disconnected. */
export function forkProcess<Message>(path: string, args: readonly string[] = []): ForkedProcess<Message> {
  const child = fork(path, args);
  const exit = once(child, 'exit');
  return {
    pid: child.pid as number,
    send: (message) => child.send(message),
    async nextMessage() {
      const [message] = await Promise.race([
        once(child, 'message'),
        exit.then(() => {
          throw new Error(`${path} ended.`);
        }),
      ]);
      return message as Message;
    },
    async [Symbol.asyncDispose]() {
      child.disconnect();
      await exit;
    },
  };
}
