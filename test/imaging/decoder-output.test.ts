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
/** A signal that makes Node.js open its inspector. Node.js reports the port on standard error, even if it is taken. */
const OPEN_INSPECTOR = 'SIGUSR1';

describe('the output of a decoder', () => {
  test('is logged as a JSON line, like everything that the server logs', async () => {
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

  test('is logged once if more output follows immediately', () => {
    const lines: string[] = [];
    const log = createDecoderOutputLog(createLogger('info', { write: (line) => lines.push(line) }));
    log('first');
    log('second');
    expect(lines).toEqual([expect.stringContaining('"lastOutput":"first"')]);
  });

  test('is reported before the process closes', async () => {
    expect((await reportsOf("process.stderr.write('fatal')")).join('')).toBe('fatal');
  });

  test('is reported in pieces of at most 2,000 bytes, and the process can write any amount', async () => {
    const reports = await reportsOf(
      "for (let count = 0; count < 64; count += 1) require('node:fs').writeSync(2, 'ä'.repeat(500_000));",
    );
    expect(reports[0]).toBe('ä'.repeat(1_000));
    for (const report of reports) {
      expect(Buffer.byteLength(report)).toBeLessThanOrEqual(2_000);
    }
  });

  test('is not reported if the process writes nothing', async () => {
    expect(await reportsOf('')).toEqual([]);
  });
});

/** Runs a script to its end. @returns the reported pieces of its output. */
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
