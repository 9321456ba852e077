import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Linux reports processor time in hundredths of a second, regardless of the kernel's own clock. */
const MS_PER_TICK = 10;

/** Returns the resident memory of a process in bytes. Linux only. */
export function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}

/** Returns the peak of a process's resident memory in bytes since its start, or since `resetPeak`. Linux only. */
export function peakBytesSinceReset(pid: number): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}

/** Resets the peak of a process's memory to its current size (proc(5), clear_refs). Linux only. */
export function resetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** Returns the milliseconds of processor time that all threads of a process have used. Linux only. */
export function processorMs(pid: number): number {
  const [user = 0, system = 0] = timesOf(pid);
  return user + system;
}

/** Returns the processor time of a process and all its descendants, including ended ones. Linux only. */
export function processTreeMs(pid: number): number {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return [...timesOf(pid), ...children.map(processTreeMs)].reduce(
    (sum, milliseconds) => sum + milliseconds,
    0,
  );
}

/** Returns milliseconds in user and system mode, first of the process itself, then of its ended children. */
function timesOf(pid: number): number[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field, the program's name in parentheses, may contain spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).map((ticks) => Number(ticks) * MS_PER_TICK);
}
