import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DECODER_ENVIRONMENT } from '../../src/imaging/pool.ts';

/** Processes that do nothing but render. */
export interface BarePipeline extends AsyncDisposable {
  /** Renders one picture in one of the processes. @returns the milliseconds that the rendering alone took. */
  renderOne(inputPath: string): Promise<number>;
  /** Renders a picture `count` times; the processes take from one list. @returns the seconds that it took. */
  renderMany(inputPath: string, count: number): Promise<number>;
}

const WORKER = join(import.meta.dirname, 'pipeline-worker.ts');

/** @param directory where the processes write, and delete what they wrote. */
export function startBarePipeline(directory: string, count: number): BarePipeline {
  const workers = Array.from({ length: count }, () => startWorker(directory));
  return {
    renderOne: (inputPath) => (workers[0] as Worker).render(inputPath),
    async renderMany(inputPath, total) {
      let left = total;
      const startedAt = performance.now();
      await Promise.all(
        workers.map(async (worker) => {
          while (left > 0) {
            left -= 1;
            await worker.render(inputPath);
          }
        }),
      );
      return (performance.now() - startedAt) / 1000;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker.end()));
    },
  };
}

interface Worker {
  render(inputPath: string): Promise<number>;
  end(): Promise<void>;
}

function startWorker(directory: string): Worker {
  const worker = fork(WORKER, [directory], { env: { ...process.env, ...DECODER_ENVIRONMENT } });
  const exit = once(worker, 'exit');
  let pending = Promise.withResolvers<number>();
  worker.on('message', (milliseconds: number) => pending.resolve(milliseconds));
  void exit.then(() => pending.reject(new Error('A process of the bare pipeline ended.')));
  return {
    render(inputPath) {
      pending = Promise.withResolvers();
      worker.send(inputPath);
      return pending.promise;
    },
    async end() {
      // Its end is asked for: nobody waits for an answer any more.
      pending.promise.catch(() => {});
      worker.disconnect();
      await exit;
    },
  };
}
