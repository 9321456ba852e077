import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from './temporary-folder.ts';

/** A clock that a test can set. */
export interface TestClock {
  /** To be added to the environment of a server, or of a command. */
  readonly env: Readonly<Record<string, string>>;
  /** @param by milliseconds from the right time. */
  shift(by: number): Promise<void>;
}

const PRELOAD = new URL('./shift-clock.ts', import.meta.url).href;

/** Makes a clock for the present test alone; at first it is right. */
export async function clockForTest(): Promise<TestClock> {
  const file = join(await temporaryFolder(), 'shift');
  const shift = (by: number) => writeFile(file, String(by));
  await shift(0);
  return { env: { NODE_OPTIONS: `--import ${PRELOAD}`, CLOCK_SHIFT_FILE: file }, shift };
}
