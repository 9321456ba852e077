import { randomBytes } from 'node:crypto';

/**
 * Returns a random name for one run of the server, among all that share its database and its folders: 16 hexadecimal
 * digits. The names of its unfinished files begin with this name and a dash.
 */
export function newInstance(): string {
  return randomBytes(8).toString('hex');
}

const INSTANCE_OF_FILE = /^([0-9a-f]{16})-/;

/** Returns the instance that an unfinished file belongs to. Returns undefined for any other file. */
export function instanceOfFile(name: string): string | undefined {
  return INSTANCE_OF_FILE.exec(name)?.[1];
}
