import { readdir, readFile } from 'node:fs/promises';

/** Returns the IDs of a process's children. The children of a server are its decoders. */
export async function childrenOf(pid: number): Promise<number[]> {
  const children: number[] = [];
  for (const name of await readdir('/proc')) {
    if (/^\d+$/.test(name) && (await parentOf(name)) === pid) {
      children.push(Number(name));
    }
  }
  return children;
}

async function parentOf(pid: string): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1]);
}

/** Returns the peak memory of a process in bytes, or undefined if it has ended. */
async function peakMemoryOf(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

export interface PeakMemory {
  /** Peak of the server's process, in bytes. */
  readonly server: number;
  /** Peak of the largest decoder, including decoders that have ended, in bytes. */
  readonly decoder: number;
}

const SAMPLE_MS = 25;

/** Samples the memory of a server and its decoders. @returns a function that stops and returns the peaks. */
export function watchMemory(server: number): () => Promise<PeakMemory> {
  let decoder = 0;
  async function sample(): Promise<void> {
    // The main thread starts the decoders, so its children are enough. Reading all of /proc would be much more work.
    const children = await readFile(`/proc/${server}/task/${server}/children`, 'utf8').catch(() => '');
    const peaks = await Promise.all(children.split(' ').filter(Boolean).map(Number).map(peakMemoryOf));
    decoder = Math.max(decoder, ...peaks.map((peak) => peak ?? 0));
  }
  const timer = setInterval(sample, SAMPLE_MS);
  return async () => {
    clearInterval(timer);
    await sample();
    return { server: (await peakMemoryOf(server)) ?? 0, decoder };
  };
}
