import { randomBytes } from 'node:crypto';

/**
 * A name for one run of the server among all that work on the same database and the same folders: 16 hexadecimal
 * digits. The files that it is working on begin with it and a dash.
 */
export function newInstance(): string {
  return randomBytes(8).toString('hex');
}

const INSTANCE_OF_FILE = /^([0-9a-f]{16})-/;

/** Whose file it is, by its name; undefined if it is none of ours. */
export function instanceOfFile(name: string): string | undefined {
  return INSTANCE_OF_FILE.exec(name)?.[1];
}
