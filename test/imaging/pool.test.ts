import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants as fileConstants, readdirSync, readFileSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { constants, getPriority } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ALL_TYPES, typesNamed } from '../../src/imaging/accepted-types.ts';
import { DECODER_ENVIRONMENT } from '../../src/imaging/decoder.ts';
import {
  DecoderKilledError,
  DecoderUnavailableError,
  ImageTooSmallError,
  ImagingBusyError,
  ImagingClosedError,
  TooManyPixelsError,
  UnreadableImageError,
} from '../../src/imaging/errors.ts';
import {
  type DecoderDeath,
  type Imaging,
  type ImagingOptions,
  openImaging,
  type RenderOptions,
} from '../../src/imaging/pool.ts';
import { type RenderJob, render } from '../../src/imaging/render.ts';
import { jpegOfManyScans } from '../hostile/files/jpeg.ts';
import { atTestEnd, concurrentIt, concurrently } from '../support/current-test.ts';
import { picturePath } from '../support/pictures.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const POOL = new URL('../../src/imaging/pool.ts', import.meta.url).href;
/** Work in the unit of `estimateWork`. A held job takes more. */
const QUICK_WORK = 0.1;
/**
 * Time limit in milliseconds of pools that have both a picture that exceeds it and pictures that must not. Decoders have
 * a low priority, so a small picture can take a second on a busy machine.
 */
const SHORT = 3_000;
/** Poll options for actions of another process, which usually take much less time. */
const SOON = { timeout: 20_000, interval: 10 };

describe('a pool of decoders', () => {
  test('renders the same pictures in another process as in this process', async () => {
    const imaging = openPool();
    const there = await newJob();
    const here = await newJob();
    expect(await imaging.render(there, someone())).toEqual(await render(here));
    for (const name of ['64.webp', '64.jpg']) {
      expect(await readFile(join(there.outputDirectory, name))).toEqual(
        await readFile(join(here.outputDirectory, name)),
      );
    }
    expect(await decoders()).toHaveLength(1);
  });

  test.for([
    {
      what: 'that is damaged',
      job: { inputPath: picturePath('truncated.jpg'), format: 'jpeg' },
      type: UnreadableImageError,
      facts: { message: 'The picture is damaged and cannot be read. Choose another picture.' },
    },
    {
      what: 'that is too small',
      job: { inputPath: picturePath('display-p3.png'), format: 'png' },
      type: ImageTooSmallError,
      facts: { what: 'picture', width: 8, height: 8, limit: 32 },
    },
    {
      what: 'whose crop is too small',
      job: { crop: { x: 0, y: 0, width: 0.25, height: 0.5 } },
      type: ImageTooSmallError,
      facts: { what: 'crop', width: 20, height: 40, limit: 32 },
    },
    {
      what: 'with too many pixels',
      job: { maxPixels: 6399 },
      type: TooManyPixelsError,
      facts: { width: 80, height: 80, limit: 6399 },
    },
    {
      what: 'that does not exist',
      job: { inputPath: '/nowhere/at/all' },
      type: Error,
      facts: { code: 'ENOENT' },
    },
  ])(
    'rejects a picture $what with the error class and facts of the decoder',
    async ({ job, type, facts }) => {
      const error = await errorOf(openPool().render(await newJob(job), someone()));
      expect(error).toBeInstanceOf(type);
      expect(error).toMatchObject(facts);
    },
  );

  test('does not report a picture that takes too much work as damaged', async () => {
    const inputPath = join(await temporaryFolder(), 'scans.jpg');
    await writeFile(inputPath, jpegOfManyScans(64, 100));
    const error = await errorOf(openPool().render(await newJob({ inputPath, format: 'jpeg' }), someone()));
    expect(error).toBeInstanceOf(UnreadableImageError);
    expect(error).toMatchObject({
      message: expect.stringMatching(/^The picture is stored in a way that takes too long to read\./),
    });
  });

  test.for(['svg', 'tiff'] as const)('cannot load %s, although sharp could', async (format) => {
    const inputPath = join(await temporaryFolder(), 'input');
    const svg = await readFile(picturePath('drawing.svg'));
    await writeFile(inputPath, format === 'svg' ? svg : await sharp(svg).toFormat(format).toBuffer());
    expect(await render(await newJob({ inputPath, format }))).toMatchObject({ sizes: expect.anything() });
    const error = await errorOf(openPool().render(await newJob({ inputPath, format }), someone()));
    expect(error).toBeInstanceOf(UnreadableImageError);
  });

  test.for(ALL_TYPES)('loads $name only if it is accepted', async ({ name, format }) => {
    const inputPath = join(await temporaryFolder(), 'input');
    const picture = sharp({ create: { width: 64, height: 64, channels: 3, background: '#123456' } });
    await writeFile(inputPath, await picture.toFormat(name).toBuffer());
    const others = ALL_TYPES.filter((type) => type.name !== name);
    const error = await errorOf(
      openPool({ acceptedTypes: others }).render(await newJob({ inputPath, format }), someone()),
    );
    expect(error).toBeInstanceOf(UnreadableImageError);
    const alone = openPool({ acceptedTypes: typesNamed([name]) });
    expect(await alone.render(await newJob({ inputPath, format }), someone())).toMatchObject({ width: 64 });
  });

  test('decodes as many pictures at once as it has workers, but no more', async () => {
    const imaging = openPool({ workers: 2 });
    const [one, two, three] = [await heldJob(), await heldJob(), await heldJob()];
    const results = [one, two, three].map(({ job }) => imaging.render(job, someone()));
    let third = 'waits';
    const begun = three.begin().then((file) => {
      third = 'runs';
      return file;
    });
    const [first, second] = await Promise.all([one.begin(), two.begin()]);
    expect(await decoders()).toHaveLength(2);
    expect(third).toBe('waits');
    await finish(second);
    await finish(await begun);
    await finish(first);
    expect(await Promise.all(results)).toHaveLength(3);
    expect(await decoders()).toHaveLength(2);
  });

  test('passes none of its environment to a decoder', async () => {
    process.env['PORTRAIT_TEST_SECRET'] = 'hunter2';
    onTestFinished(() => {
      delete process.env['PORTRAIT_TEST_SECRET'];
    });
    await openPool().render(await newJob(), someone());
    const [pid] = await decoders();
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8');
    const names = environment.split('\0').map((entry) => entry.split('=')[0]);
    const own = names.filter((name) => name !== '' && !/^NODE_CHANNEL_/.test(name ?? ''));
    expect(own).toEqual(Object.keys(DECODER_ENVIRONMENT));
    expect(environment).not.toContain('hunter2');
  });
});

describe('the priority of a decoder', () => {
  test('is below the priority of its server in every thread', async () => {
    await openPool().render(await newJob(), someone());
    const [pid] = await decoders();
    const priorities = readdirSync(`/proc/${pid}/task`).map((thread) => getPriority(Number(thread)));
    // These include the threads of Node.js that decode and encode.
    expect(priorities.length).toBeGreaterThan(4);
    expect(new Set(priorities)).toEqual(
      new Set([Math.max(getPriority(), constants.priority.PRIORITY_BELOW_NORMAL)]),
    );
  });
});

describe('a decoder that crashes', () => {
  test('during a job fails that job and no other', async () => {
    const deaths: DecoderDeath[] = [];
    const imaging = openPool({ onDeath: (death) => deaths.push(death) });
    const { job, begin } = await heldJob();
    const failing = errorOf(imaging.render(job, someone()));
    const next = imaging.render(await newJob(), someone());
    await begin();
    const [pid] = await decoders();
    kill(pid, 'SIGSEGV');

    const error = await failing;
    expect(error).toBeInstanceOf(UnreadableImageError);
    expect(error).toMatchObject({
      message: 'The picture could not be read because its decoder crashed. Choose another picture.',
    });
    expect(await readdir(job.outputDirectory)).toEqual([]);
    expect(await next).toMatchObject({ sizes: [64] });
    expect(await decoders()).not.toContain(pid);
    expect(deaths).toEqual([{ signal: 'SIGSEGV', working: true }]);
  });
});

describe('a decoder that is killed', () => {
  test.for(['SIGKILL', 'SIGTERM'] as const)(
    'by %s during a job fails no job, because a new decoder runs it',
    async (signal) => {
      const deaths: DecoderDeath[] = [];
      const imaging = openPool({ workers: 2, onDeath: (death) => deaths.push(death) });
      const [idle, { job, begin }] = [await heldJob(), await heldJob()];
      const warmUp = imaging.render(idle.job, someone());
      const file = await idle.begin();
      const [first] = await decoders();
      const rendering = imaging.render(job, someone());
      await begin();
      await finish(file);
      await warmUp;
      const before = await decoders();
      expect(before).toHaveLength(2);
      const working = before.find((pid) => pid !== first);
      // Stands in for output that the decoder wrote before it was killed.
      await writeFile(join(job.outputDirectory, '64.webp'), 'half of it');
      kill(working, signal);
      await finish(await begin());
      expect(await rendering).toMatchObject({ sizes: [64] });
      expect(before).not.toContain((await decoders())[0]);
      expect(deaths).toEqual([{ signal, working: true }]);
    },
  );

  test('twice during a job fails that job without blaming the picture', async () => {
    const deaths: DecoderDeath[] = [];
    const imaging = openPool({ onDeath: (death) => deaths.push(death) });
    const { job, begin } = await heldJob();
    const failing = errorOf(imaging.render(job, someone()));
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      await begin();
      kill((await decoders())[0], signal);
    }
    const error = await failing;
    expect(error).toBeInstanceOf(DecoderKilledError);
    expect(await readdir(job.outputDirectory)).toEqual([]);
    expect(await imaging.render(await newJob(), someone())).toMatchObject({ sizes: [64] });
    expect(deaths).toEqual([
      { signal: 'SIGKILL', working: true },
      { signal: 'SIGTERM', working: true },
    ]);
  });

  test('before a crash during the same job fails that job', async () => {
    const deaths: DecoderDeath[] = [];
    const imaging = openPool({ onDeath: (death) => deaths.push(death) });
    const { job, begin } = await heldJob();
    const failing = errorOf(imaging.render(job, someone()));
    for (const signal of ['SIGKILL', 'SIGSEGV'] as const) {
      await begin();
      kill((await decoders())[0], signal);
    }
    expect(await failing).toBeInstanceOf(UnreadableImageError);
    expect(deaths).toHaveLength(2);
  });

  test('while it is idle is reported, and the next job succeeds', async () => {
    const deaths: DecoderDeath[] = [];
    const imaging = openPool({ onDeath: (death) => deaths.push(death) });
    await imaging.render(await newJob(), someone());
    const [pid] = await decoders();
    kill(pid, 'SIGKILL');
    await expect.poll(() => deaths, SOON).toEqual([{ signal: 'SIGKILL', working: false }]);
    expect(await imaging.render(await newJob(), someone())).toMatchObject({ sizes: [64] });
    expect(await decoders()).not.toContain(pid);
  });

  test('right before it receives a job fails no job, because another decoder runs it', async () => {
    const imaging = openPool();
    await imaging.render(await newJob(), someone());
    const [pid] = await decoders();
    const job = await newJob();
    kill(pid, 'SIGKILL');
    while (isAlive(pid) || readdirSync(`/proc/${pid}/task`).length > 1) {
      // Blocks the event loop, so that the pool cannot notice yet. The decoder's last thread closes the channel.
    }
    expect(await imaging.render(job, someone())).toMatchObject({ sizes: [64] });
    expect(await decoders()).not.toContain(pid);
  });
});

describe('a decoder that hangs', () => {
  test('is killed and reported at the time limit, and the next job succeeds', async () => {
    const timeouts: number[] = [];
    const imaging = openPool({ timeout: SHORT, onTimeout: () => timeouts.push(performance.now()) });
    const { failing, pid } = await hang(imaging);

    const error = await failing;
    expect(error).toBeInstanceOf(UnreadableImageError);
    expect(error).toMatchObject({ message: 'The picture took too long to read. Choose another picture.' });
    await expect.poll(() => isAlive(pid), SOON).toBe(false);
    expect(await imaging.render(await newJob(), someone())).toMatchObject({ sizes: [64] });
    expect(timeouts).toHaveLength(1);
  });

  test('is killed even if it is stopped, which frees its place', async () => {
    const timeouts: number[] = [];
    const imaging = openPool({ timeout: SHORT, onTimeout: () => timeouts.push(performance.now()) });
    const { failing, pid } = await hang(imaging);
    kill(pid, 'SIGSTOP');
    const next = imaging.render(await newJob(), someone());
    expect(await failing).toMatchObject({
      message: 'The picture took too long to read. Choose another picture.',
    });
    expect(isAlive(pid)).toBe(false);
    expect(await next).toMatchObject({ sizes: [64] });
    expect(timeouts).toHaveLength(1);
  });

  test('before it accepts a job is replaced, and another decoder renders the picture', async () => {
    let unresponsive = 0;
    const deaths: DecoderDeath[] = [];
    const imaging = openPool({
      workers: 2,
      beginTimeout: SHORT,
      onUnresponsive: () => {
        unresponsive += 1;
      },
      onDeath: (death) => deaths.push(death),
    });
    const [one, two] = [await heldJob(), await heldJob()];
    const warmUp = [imaging.render(one.job, someone()), imaging.render(two.job, someone())];
    await Promise.all([one, two].map(async ({ begin }) => finish(await begin())));
    await Promise.all(warmUp);
    const stopped = await decoders();
    expect(stopped).toHaveLength(2);
    for (const pid of stopped) {
      kill(pid, 'SIGSTOP');
    }
    expect(await imaging.render(await newJob(), someone())).toMatchObject({ sizes: [64] });
    await expect.poll(() => stopped.filter(isAlive), SOON).toEqual([]);
    expect([unresponsive, deaths]).toEqual([1, []]);
  });

  test('before it accepts a job, as do its replacements, fails the job without blaming the picture', async () => {
    const imaging = openPool({ beginTimeout: 500 });
    const stopping = setInterval(async () => {
      for (const pid of await decoders()) {
        kill(pid, 'SIGSTOP');
      }
    }, 5);
    onTestFinished(() => clearInterval(stopping));
    expect(await errorOf(imaging.render(await newJob(), someone()))).toBeInstanceOf(DecoderUnavailableError);
  });

  test('does not use up the time limit of the next job', async () => {
    const imaging = openPool({ timeout: SHORT });
    const [hanging, waiting] = [await heldJob(), await heldJob()];
    const failing = errorOf(imaging.render(hanging.job, someone()));
    const behind = imaging.render(waiting.job, someone());
    await hanging.begin();
    expect(await failing).toBeInstanceOf(UnreadableImageError);
    await finish(await waiting.begin());
    expect(await behind).toMatchObject({ sizes: [64] });
  });
});

// These tests run their pools in separate processes, so they can run concurrently.
describe.concurrent('a suspension of the host', () => {
  concurrentIt(
    'longer than the time limit does not fail the picture that is being decoded',
    async ({ expect }) => {
      const { job, begin } = await heldJob();
      const parent = await startParent(
        `const imaging = openImaging({ workers: 1, timeout: 4000 });
       await imaging.render(${JSON.stringify(await newJob())}, { user: 'first' });
       process.stdout.write('ready ');
       const { sizes } = await imaging.render(${JSON.stringify(job)}, { user: 'first' });
       process.stdout.write('rendered ' + sizes);
       await imaging.close();`,
      );
      await once(parent.stdout, 'data');
      const file = await begin();
      const [pid] = await decodersOf(parent.pid ?? 0);
      for (const suspended of [parent.pid, pid]) {
        kill(suspended, 'SIGSTOP');
      }
      await setTimeout(5000);
      for (const suspended of [parent.pid, pid]) {
        kill(suspended, 'SIGCONT');
      }
      await finish(file);
      const [answer] = await once(parent.stdout, 'data');
      expect(String(answer)).toBe('rendered 64');
    },
  );
});

describe.concurrent('the lifetime of a decoder', () => {
  test.for([
    { what: 'idle', busy: false },
    { what: 'busy', busy: true },
  ])(
    'ends when its parent is killed while the decoder is $what',
    concurrently(async ({ busy }, { expect }) => {
      const { job, begin } = await heldJob();
      const parent = await startParent(
        `const imaging = openImaging({ workers: 1 });
       await imaging.render(${JSON.stringify(await newJob())}, { user: 'parent' });
       process.stdout.write('rendered');
       await imaging.render(${JSON.stringify(job)}, { user: 'parent' });`,
      );
      await once(parent.stdout, 'data');
      const [pid] = await decodersOf(parent.pid ?? 0);
      expect(isAlive(pid)).toBe(true);
      if (busy) {
        await begin();
      }
      parent.kill('SIGKILL');
      await expect.poll(() => isAlive(pid), SOON).toBe(false);
    }),
  );
});

describe.concurrent('a decoder whose server died', () => {
  concurrentIt(
    'ends even if it detects the death only when it reports that it has accepted a picture',
    async ({ expect }) => {
      const { job } = await heldJob();
      const parent = await startParent(
        `import { once } from 'node:events';
       const imaging = openImaging({ workers: 1 });
       await imaging.render(${JSON.stringify(await newJob())}, { user: 'parent' });
       const requested = once(process, 'SIGUSR2');
       process.stdout.write('rendered');
       await requested;
       imaging.render(${JSON.stringify(job)}, { user: 'parent' });
       process.stdout.write('sent');`,
      );
      await once(parent.stdout, 'data');
      const [pid] = await decodersOf(parent.pid ?? 0);
      kill(pid, 'SIGSTOP');
      parent.kill('SIGUSR2');
      await once(parent.stdout, 'data');
      parent.kill('SIGKILL');
      await once(parent, 'exit');
      kill(pid, 'SIGCONT');
      atTestEnd(() => {
        if (isAlive(pid)) {
          kill(pid, 'SIGKILL');
        }
      });
      await expect.poll(() => isAlive(pid), SOON).toBe(false);
    },
  );
});

describe('the turns of users', () => {
  test('let a new user in after one picture of each other user, however many wait', async () => {
    const imaging = openPool();
    const { job, begin } = await heldJob();
    const finished: string[] = [];
    const render = async (user: string, rendered: RenderJob) => {
      await imaging.render(rendered, { user });
      finished.push(user);
    };
    const all = [render('flood', job)];
    for (let count = 0; count < 8; count += 1) {
      all.push(render('flood', await newJob()));
    }
    all.push(render('honest', await newJob()));
    await finish(await begin());
    await Promise.all(all);
    expect(finished).toHaveLength(10);
    expect(finished.indexOf('honest')).toBeLessThanOrEqual(2);
  });

  test('give each user at most one decoder', async () => {
    const imaging = openPool({ workers: 2 });
    const [one, two, three] = [await heldJob(), await heldJob(), await heldJob()];
    const results = [
      imaging.render(one.job, { user: 'flood' }),
      imaging.render(two.job, { user: 'flood' }),
      imaging.render(three.job, { user: 'honest' }),
    ];
    let second = 'waits';
    const begun = two.begin().then((file) => {
      second = 'runs';
      return file;
    });
    const [first, third] = await Promise.all([one.begin(), three.begin()]);
    await finish(third);
    await results[2];
    expect(second).toBe('waits');
    await finish(first);
    await finish(await begun);
    expect(await Promise.all(results)).toHaveLength(3);
  });
});

describe('a slow picture', () => {
  test('is rendered in a later turn than the turn in which its work is estimated', async () => {
    const imaging = openPool({ quickWork: QUICK_WORK });
    const { job, begin } = await heldJob();
    const rendering = imaging.render(job, someone());
    await finish(await begin());
    await finish(await begin());
    expect(await rendering).toMatchObject({ sizes: [64] });
  });

  test('leaves a decoder to quick pictures while another slow picture waits', async () => {
    const imaging = openPool({ workers: 2, quickWork: QUICK_WORK });
    const [one, two] = [await heldJob(), await heldJob()];
    const slow = [imaging.render(one.job, someone()), imaging.render(two.job, someone())];
    await finish(await one.begin());
    const first = await one.begin();
    await finish(await two.begin());
    let second = 'waits';
    const begun = two.begin().then((file) => {
      second = 'runs';
      return file;
    });
    for (let count = 0; count < 3; count += 1) {
      await imaging.render(await quickJob(), someone());
    }
    expect(second).toBe('waits');
    await finish(first);
    await finish(await begun);
    expect(await Promise.all(slow)).toHaveLength(2);
  });

  test('is dropped if its client disconnects while the work is estimated', async () => {
    const imaging = openPool({ quickWork: QUICK_WORK });
    const { job, begin } = await heldJob();
    const controller = new AbortController();
    const leaving = errorOf(imaging.render(job, { ...someone(), signal: controller.signal }));
    const file = await begin();
    const reason = new Error('The client has left.');
    controller.abort(reason);
    await finish(file);
    expect(await leaving).toBe(reason);
    expect(await readdir(job.outputDirectory)).toEqual([]);
  });

  test('whose work was underestimated restarts with more time and an empty folder', async () => {
    let underestimates = 0;
    const imaging = openPool({
      quickTimeout: SHORT,
      onUnderestimate: () => {
        underestimates += 1;
      },
    });
    const { job, begin } = await heldJob();
    const rendering = imaging.render(job, someone());
    const file = await begin();
    const [pid] = await decoders();
    // Stands in for output that the decoder wrote before it was killed.
    await writeFile(join(job.outputDirectory, '64.webp'), 'half of it');
    await expect.poll(() => isAlive(pid), SOON).toBe(false);
    await file.close();
    await finish(await begin());
    expect(await rendering).toMatchObject({ sizes: [64] });
    expect(underestimates).toBe(1);
  });

  test('whose work was underestimated makes the next picture of its user slow', async () => {
    const { promise: underestimated, resolve } = Promise.withResolvers<void>();
    let underestimates = 0;
    const imaging = openPool({
      workers: 2,
      quickTimeout: SHORT,
      onUnderestimate: () => {
        underestimates += 1;
        if (underestimates === 2) {
          resolve();
        }
      },
    });
    const [one, two] = [await heldJob(), await heldJob()];
    const first = imaging.render(one.job, someone());
    const killed = await one.begin();
    // From here on, this picture occupies the only place for slow pictures.
    const slow = await one.begin();
    await killed.close();
    const user = someone();
    const controller = new AbortController();
    const left = errorOf(imaging.render(two.job, { ...user, signal: controller.signal }));
    const killedToo = await two.begin();
    await underestimated;
    await killedToo.close();
    controller.abort(new Error('The client has left.'));
    await left;
    let state = 'waits';
    const next = imaging.render(await quickJob(), user).then(() => {
      state = 'done';
    });
    await imaging.render(await quickJob(), someone());
    expect(state).toBe('waits');
    await finish(slow);
    await Promise.all([first, next]);
    expect(state).toBe('done');
    expect(underestimates).toBe(2);
  });
});

describe('the queue', () => {
  test('rejects a user who has reached the limit, but no other user', async () => {
    const imaging = openPool({ maxQueuePerUser: 2 });
    const { job, begin } = await heldJob();
    const accepted = [imaging.render(job, { user: 'flood' })];
    for (const user of ['flood', 'flood', 'honest']) {
      accepted.push(imaging.render(await newJob(), { user }));
    }
    const rejection = await errorOf(imaging.render(await newJob(), { user: 'flood' }));
    expect(rejection).toBeInstanceOf(ImagingBusyError);
    await finish(await begin());
    expect(await Promise.all(accepted)).toHaveLength(4);
  });

  test('drops the newest picture of the user with the most pictures if another user needs its place', async () => {
    const imaging = openPool({ maxQueue: 2 });
    const { job, begin } = await heldJob();
    const running = imaging.render(job, someone());
    const first = imaging.render(await newJob(), { user: 'flood' });
    const newest = await newJob();
    const dropped = errorOf(imaging.render(newest, { user: 'flood' }));
    const honest = imaging.render(await newJob(), { user: 'honest' });
    expect(await dropped).toBeInstanceOf(ImagingBusyError);
    await finish(await begin());
    expect(await Promise.all([running, first, honest])).toHaveLength(3);
    expect(await readdir(newest.outputDirectory)).toEqual([]);
  });

  test('accepts jobs up to its limit, rejects one more, and finishes the accepted jobs', async () => {
    const imaging = openPool({ maxQueue: 2 });
    const { job, begin } = await heldJob();
    const accepted = [
      imaging.render(job, someone()),
      imaging.render(await newJob(), someone()),
      imaging.render(await newJob(), someone()),
    ];
    const rejected = await newJob();
    expect(await errorOf(imaging.render(rejected, someone()))).toBeInstanceOf(ImagingBusyError);
    await finish(await begin());
    expect(await Promise.all(accepted)).toHaveLength(3);
    expect(await readdir(rejected.outputDirectory)).toEqual([]);
    expect(await imaging.render(rejected, someone())).toMatchObject({ sizes: [64] });
  });

  test('drops a job whose signal is aborted while it waits, and never runs it', async () => {
    const imaging = openPool();
    const { job, begin } = await heldJob();
    const running = imaging.render(job, someone());
    const controller = new AbortController();
    const dropped = await newJob();
    const rejection = errorOf(imaging.render(dropped, { ...someone(), signal: controller.signal }));
    const behind = imaging.render(await newJob(), someone());
    const reason = new Error('The client has left.');
    controller.abort(reason);
    await finish(await begin());
    expect(await rejection).toBe(reason);
    expect(await Promise.all([running, behind])).toHaveLength(2);
    expect(await readdir(dropped.outputDirectory)).toEqual([]);
  });

  test('gives the place of a client that disconnects to the next job at once', async () => {
    const imaging = openPool({ workers: 1, maxQueue: 1 });
    const { job, begin } = await heldJob();
    const running = imaging.render(job, someone());
    const controller = new AbortController();
    const leaving = errorOf(imaging.render(await newJob(), { ...someone(), signal: controller.signal }));
    expect(await errorOf(imaging.render(await newJob(), someone()))).toBeInstanceOf(ImagingBusyError);
    controller.abort(new Error('The client has left.'));
    expect(await leaving).toMatchObject({ message: 'The client has left.' });
    const next = imaging.render(await newJob(), someone());
    await finish(await begin());
    expect(await Promise.all([running, next])).toHaveLength(2);
  });

  test('rejects a job whose signal is already aborted', async () => {
    const reason = new Error('The client has left.');
    const job = await newJob();
    expect(await errorOf(openPool().render(job, { ...someone(), signal: AbortSignal.abort(reason) }))).toBe(
      reason,
    );
    expect(await readdir(job.outputDirectory)).toEqual([]);
  });

  test('lets a job finish if its signal is aborted while it runs', async () => {
    const { job, begin } = await heldJob();
    const controller = new AbortController();
    const running = openPool().render(job, { ...someone(), signal: controller.signal });
    const file = await begin();
    controller.abort();
    await finish(file);
    expect(await running).toMatchObject({ sizes: [64] });
  });
});

describe('the lifetime of a decoder', () => {
  test('ends after the configured number of jobs', async () => {
    const deaths: DecoderDeath[] = [];
    const imaging = openPool({ jobsBeforeRecycle: 3, onDeath: (death) => deaths.push(death) });
    const seen: (number | undefined)[] = [];
    for (let count = 1; count <= 3; count += 1) {
      const { job, begin } = await heldJob();
      const rendering = imaging.render(job, someone());
      const file = await begin();
      seen.push((await decoders())[0]);
      await finish(file);
      await rendering;
    }
    const [pid] = seen;
    expect(new Set(seen).size).toBe(1);
    await expect.poll(() => isAlive(pid), SOON).toBe(false);
    expect(await imaging.render(await newJob(), someone())).toMatchObject({ sizes: [64] });
    expect(await decoders()).not.toContain(pid);
    expect(deaths).toEqual([]);
  });

  test('does not end on Ctrl-C, which reaches the whole process group', async () => {
    const imaging = openPool();
    await imaging.render(await newJob(), someone());
    const [pid] = await decoders();
    kill(pid, 'SIGINT');
    const { job, begin } = await heldJob();
    const rendering = imaging.render(job, someone());
    const file = await begin();
    kill(pid, 'SIGINT');
    await finish(file);
    expect(await rendering).toMatchObject({ sizes: [64] });
    expect(await decoders()).toEqual([pid]);
  });
});

describe('closing', () => {
  test('ends every decoder, idle or busy, and rejects the running job', async () => {
    const imaging = openImaging({ workers: 2 });
    const { job, begin } = await heldJob();
    const failing = errorOf(imaging.render(job, someone()));
    await imaging.render(await newJob(), someone());
    await begin();
    const pids = await decoders();
    expect(pids).toHaveLength(2);
    await imaging.close();
    expect(await failing).toBeInstanceOf(ImagingClosedError);
    expect(await errorOf(imaging.render(await newJob(), someone()))).toBeInstanceOf(ImagingClosedError);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(await decoders()).toEqual([]);
  });

  test('rejects waiting jobs, which never run', async () => {
    const imaging = openImaging({ workers: 1 });
    const { job, begin } = await heldJob();
    const failing = errorOf(imaging.render(job, someone()));
    const waiting = await newJob();
    const rejection = errorOf(imaging.render(waiting, someone()));
    await begin();
    await imaging.close();
    expect(await failing).toBeInstanceOf(ImagingClosedError);
    expect(await rejection).toBeInstanceOf(ImagingClosedError);
    expect(await readdir(waiting.outputDirectory)).toEqual([]);
  });

  test('leaves no decoder behind, even one that is about to be replaced', async () => {
    const imaging = openImaging({ workers: 1, jobsBeforeRecycle: 1 });
    const { job, begin } = await heldJob();
    const rendering = imaging.render(job, someone());
    const file = await begin();
    const [pid] = await decoders();
    await finish(file);
    await rendering;
    await imaging.close();
    // This process has seen the decoder end. If the pool starts a replacement, it does so now.
    await expect.poll(() => procFile(pid ?? 0, 'stat'), SOON).toBeUndefined();
    await new Promise(setImmediate);
    expect(await decoders()).toEqual([]);
  });
});

/** Opens a pool, by default of one decoder, and closes it at the end of the test. */
function openPool(options: Partial<ImagingOptions> = {}): Imaging {
  const imaging = openImaging({ workers: 1, ...options });
  onTestFinished(() => imaging.close());
  return imaging;
}

let users = 0;

/** Returns a new user. */
function someone(): RenderOptions {
  users += 1;
  return { user: `user-${users}` };
}

/** Runs a script that opens another pool. */
async function startParent(script: string): Promise<ChildProcessByStdio<null, Readable, null>> {
  const path = join(await temporaryFolder(), 'parent.mjs');
  await writeFile(path, `import { openImaging } from ${JSON.stringify(POOL)};\n${script}`);
  const parent = spawn(process.execPath, [path], { stdio: ['ignore', 'pipe', 'inherit'] });
  atTestEnd(() => {
    parent.kill('SIGKILL');
  });
  return parent;
}

/** Returns a job for a small picture, with an empty folder for its renditions. */
async function newJob(options: Partial<RenderJob> = {}): Promise<RenderJob> {
  const outputDirectory = join(await temporaryFolder(), 'output');
  await mkdir(outputDirectory);
  return {
    inputPath: picturePath('animated.gif'),
    outputDirectory,
    format: 'gif',
    maxPixels: 51_000_000,
    ...options,
  };
}

/** Returns a job with less work than QUICK_WORK. */
async function quickJob(): Promise<RenderJob> {
  const inputPath = join(await temporaryFolder(), 'quick.png');
  await sharp({ create: { width: 40, height: 40, channels: 3, background: 'red' } })
    .png()
    .toFile(inputPath);
  return newJob({ inputPath, format: 'png' });
}

/** Returns a job during which the decoder waits, because its input is a pipe without content. */
async function heldJob(): Promise<{ job: RenderJob; begin: () => Promise<FileHandle> }> {
  const folder = await temporaryFolder();
  const [inputPath, pipeOfNextTurn] = [join(folder, 'pipe'), join(folder, 'next')];
  await promisify(execFile)('mkfifo', [inputPath, pipeOfNextTurn]);
  // Ends a `begin` whose decoder never opens the pipe, which would keep the test process alive.
  atTestEnd(async () => {
    const reader = await open(inputPath, fileConstants.O_RDONLY | fileConstants.O_NONBLOCK);
    await reader.close();
  });
  let turns = 0;
  return {
    job: await newJob({ inputPath }),
    /** Resolves when a decoder has opened the pipe. The second decoder gets a second pipe. */
    begin: async () => {
      const file = await open(inputPath, 'w');
      atTestEnd(() => file.close());
      turns += 1;
      if (turns === 1) {
        await rename(pipeOfNextTurn, inputPath);
      }
      return file;
    },
  };
}

/** Sends a waiting decoder its picture. */
async function finish(file: FileHandle): Promise<void> {
  await file.writeFile(await readFile(picturePath('animated.gif')));
  await file.close();
}

/**
 * Occupies a decoder with a picture that does not end.
 *
 * @returns a promise of the picture's error, and the decoder's process id.
 */
async function hang(imaging: Imaging) {
  const { job, begin } = await heldJob();
  const failing = errorOf(imaging.render(job, someone()));
  await begin();
  const [pid] = await decoders();
  return { failing, pid };
}

/** Returns the reason of a rejected promise, or undefined if the promise resolves. */
async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return error;
  }
}

function kill(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) {
    throw new Error('There is no decoder.');
  }
  process.kill(pid, signal);
}

function decoders(): Promise<number[]> {
  return decodersOf(process.pid);
}

/** Returns the ids of the running decoders that a process has started. */
async function decodersOf(parent: number): Promise<number[]> {
  const threads = await readdir(`/proc/${parent}/task`);
  const children = threads.map((thread) =>
    readFile(`/proc/${parent}/task/${thread}/children`, 'utf8').catch(() => ''),
  );
  const pids = (await Promise.all(children)).join(' ').split(/\s+/).filter(Boolean).map(Number);
  return pids.filter((pid) => isAlive(pid) && /imaging\/worker\.ts/.test(procFile(pid, 'cmdline') ?? ''));
}

/** Returns whether a process runs. A zombie, whose parent has not waited for its end, does not run. */
function isAlive(pid: number | undefined): boolean {
  const state = pid === undefined ? undefined : procFile(pid, 'stat')?.replace(/^.*\) /s, '')[0];
  return state !== undefined && state !== 'Z' && state !== 'X';
}

function procFile(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return undefined;
  }
}
