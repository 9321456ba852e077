import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from './temporary-folder.ts';

/** A clock that a test can set. */
export interface TestClock {
  /** Variables to add to the environment of a server or a command. */
  readonly env: Readonly<Record<string, string>>;
  /** Shifts the clock. @param by milliseconds from the actual time. */
  shift(by: number): Promise<void>;
}

const PRELOAD = new URL('./shift-clock.ts', import.meta.url).href;

/** Creates a clock for the current test. At first it shows the actual time. */
export async function clockForTest(): Promise<TestClock> {
  const file = join(await temporaryFolder(), 'shift');
  const shift = (by: number) => writeFile(file, String(by));
  await shift(0);
  return { env: { NODE_OPTIONS: `--import ${PRELOAD}`, CLOCK_SHIFT_FILE: file }, shift };
}
