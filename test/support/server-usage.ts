import { readdir, readFile } from 'node:fs/promises';

/** Returns the resident memory of a process in bytes. */
export async function residentBytesOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

/** Returns the number of files, pipes and sockets that a process has open. */
export async function openFilesOf(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}

/** States in /proc/net/tcp of connections that a process has not closed: ESTABLISHED and CLOSE_WAIT. */
const OPEN_STATES = ['01', '08'];

/** Returns the number of connections that a server on 127.0.0.1 has not closed. */
export async function connectionsOf(url: string): Promise<number> {
  const local = `0100007F:${Number(new URL(url).port).toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = (await readFile('/proc/net/tcp', 'utf8')).trim().split('\n').slice(1);
  return lines.filter((line) => {
    const [, address, , state = ''] = line.trim().split(/\s+/);
    return address === local && OPEN_STATES.includes(state);
  }).length;
}
