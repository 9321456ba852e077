import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

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
  const workers = Array.from({ length: count }, () => fork(WORKER, [directory]));
  return {
    renderOne: (inputPath) => renderIn(workers[0] as ChildProcess, inputPath),
    async renderMany(inputPath, total) {
      let left = total;
      const startedAt = performance.now();
      await Promise.all(
        workers.map(async (worker) => {
          while (left > 0) {
            left -= 1;
            await renderIn(worker, inputPath);
          }
        }),
      );
      return (performance.now() - startedAt) / 1000;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(
        workers.map(async (worker) => {
          worker.disconnect();
          await once(worker, 'exit');
        }),
      );
    },
  };
}

async function renderIn(worker: ChildProcess, inputPath: string): Promise<number> {
  const answer = once(worker, 'message');
  worker.send(inputPath);
  const [milliseconds] = await Promise.race([answer, once(worker, 'exit').then(() => ended())]);
  return milliseconds as number;
}

function ended(): never {
  throw new Error('A process of the bare pipeline ended.');
}
