import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DECODER_ENVIRONMENT } from '../../src/imaging/decoder.ts';

/** Processes that only render pictures. */
export interface BarePipeline extends AsyncDisposable {
  /** Renders a picture in one of the processes. @returns the milliseconds of the rendering alone. */
  renderOne(inputPath: string): Promise<number>;
  /** Renders a picture `count` times in all processes. @returns the seconds that it took. */
  renderMany(inputPath: string, count: number): Promise<number>;
}

export interface BarePipelineOptions {
  /** Folder in which the processes write renditions, and delete them again. */
  readonly directory: string;
  readonly processes: number;
  /** Number of pictures that each process renders at once in `renderMany`. */
  readonly atOnce: number;
}

const WORKER = join(import.meta.dirname, 'pipeline-worker.ts');

export function startBarePipeline({ directory, processes, atOnce }: BarePipelineOptions): BarePipeline {
  const workers = Array.from({ length: processes }, () => startWorker(directory));
  const slots = workers.flatMap((worker) => Array.from({ length: atOnce }, () => worker));
  return {
    renderOne: (inputPath) => (workers[0] as Worker).render(inputPath),
    async renderMany(inputPath, total) {
      let left = total;
      const startedAt = performance.now();
      await Promise.all(
        slots.map(async (worker) => {
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
  const pending = new Map<number, PromiseWithResolvers<number>>();
  let jobs = 0;
  worker.on('message', ([job, milliseconds]: [number, number]) => {
    pending.get(job)?.resolve(milliseconds);
    pending.delete(job);
  });
  void exit.then(() => {
    for (const { reject } of pending.values()) {
      reject(new Error('A process of the bare pipeline ended.'));
    }
  });
  return {
    render(inputPath) {
      const rendered = Promise.withResolvers<number>();
      jobs += 1;
      pending.set(jobs, rendered);
      worker.send([jobs, inputPath]);
      return rendered.promise;
    },
    async end() {
      worker.disconnect();
      await exit;
    },
  };
}
