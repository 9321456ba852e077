import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { reportOutput } from '../../src/imaging/decoder-output.ts';
import { createDecoderOutputLog } from '../../src/telemetry/log-decoder-output.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { uploaded } from '../support/graphql.ts';
import { pictureFile } from '../support/pictures.ts';
import { portraitForTest } from '../support/portrait.ts';
import { childrenOf } from '../support/processes.ts';

const WARNING = 'A decoder wrote to standard error';
/** Has Node.js open its inspector, which it writes to standard error, here or if another process has the port. */
const OPEN_INSPECTOR = 'SIGUSR1';

describe('the output of a decoder', () => {
  test('is a line of the log, like all that the server writes', async () => {
    const server = await portraitForTest({ env: { IMAGE_WORKERS: '1' } });
    await uploaded(server, await pictureFile('animated.gif'));
    const [decoder = 0] = await childrenOf(server.pid);
    process.kill(decoder, OPEN_INSPECTOR);
    await expect.poll(() => server.log()).toContain(WARNING);
    const lines = server
      .log()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const warnings = lines.filter(({ msg }) => msg === WARNING);
    expect(warnings).toMatchObject([
      { level: 40, outputs: 1, lastOutput: expect.stringContaining('127.0.0.1:9229') },
    ]);
  });

  test('is logged at most once a minute', () => {
    const lines: string[] = [];
    const log = createDecoderOutputLog(createLogger('info', { write: (line) => lines.push(line) }));
    log('first');
    log('second');
    expect(lines).toEqual([expect.stringContaining('"lastOutput":"first"')]);
  });

  test('is reported before the end of the process', async () => {
    expect((await reportsOf("process.stderr.write('fatal')")).join('')).toBe('fatal');
  });

  test('is reported up to 2,000 bytes, and the process can write any number of them', async () => {
    const reports = await reportsOf(
      "for (let count = 0; count < 64; count += 1) require('node:fs').writeSync(2, 'ä'.repeat(500_000));",
    );
    expect(reports[0]).toBe('ä'.repeat(1_000));
    for (const report of reports) {
      expect(Buffer.byteLength(report)).toBeLessThanOrEqual(2_000);
    }
  });

  test('of a process without output is not reported', async () => {
    expect(await reportsOf('')).toEqual([]);
  });
});

/** Runs a script to its end. @returns what was reported of its output. */
async function reportsOf(script: string): Promise<string[]> {
  const child: ChildProcessByStdio<null, null, Readable> = spawn(process.execPath, ['--eval', script], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const reports: string[] = [];
  reportOutput(child.stderr, (text) => reports.push(text));
  expect(await once(child, 'close')).toEqual([0, null]);
  return reports;
}
