import { describe, expect, test } from 'vitest';
import { type Lane, Schedule, type Scheduled } from '../../src/imaging/schedule.ts';

interface Job extends Scheduled {
  readonly name: string;
}

const bounds = { maxPerUser: 100, maxTotal: 100 };

/** Returns a job. The first character of its name is its user. */
function job(name: string, lane: Lane = 'quick'): Job {
  return { name, user: name.charAt(0), lane };
}

function scheduleOf(places: number, jobs: readonly Job[], limits = bounds): Schedule<Job> {
  const schedule = new Schedule<Job>({ places, ...limits });
  for (const added of jobs) {
    schedule.add(added);
  }
  return schedule;
}

/** Takes every job that may start now. */
function takeAll(schedule: Schedule<Job>): Job[] {
  const jobs: Job[] = [];
  for (let next = schedule.take(); next !== undefined; next = schedule.take()) {
    jobs.push(next);
  }
  return jobs;
}

const names = (jobs: readonly (Job | undefined)[]) => jobs.map((named) => named?.name).join(' ');

/** Runs one job at a time until no job waits. Returns their names in order. */
function runAll(schedule: Schedule<Job>): string {
  const jobs: Job[] = [];
  for (let next = schedule.take(); next !== undefined; next = schedule.take()) {
    jobs.push(next);
    schedule.finish(next);
  }
  return names(jobs);
}

describe('the places of a schedule', () => {
  test('run at most one job per user', () => {
    const schedule = scheduleOf(4, [job('a1'), job('a2', 'slow'), job('a3'), job('b1'), job('b2')]);
    const running = takeAll(schedule);
    expect(names(running)).toBe('a1 b1');
    schedule.finish(running[1] as Job);
    expect(names(takeAll(schedule))).toBe('b2');
    schedule.finish(running[0] as Job);
    expect(names(takeAll(schedule))).toBe('a3');
  });

  test('limit how many jobs run at once', () => {
    const schedule = scheduleOf(2, [job('a1'), job('b1'), job('c1')]);
    expect(names(takeAll(schedule))).toBe('a1 b1');
  });

  test.for([
    { places: 1, slow: 'a1' },
    { places: 2, slow: 'a1' },
    { places: 3, slow: 'a1 b1' },
  ])('reserve one of $places for quick jobs if there are at least two', ({ places, slow }) => {
    const schedule = scheduleOf(places, [job('a1', 'slow'), job('b1', 'slow'), job('c1', 'slow')]);
    const running = takeAll(schedule);
    expect(names(running)).toBe(slow);
    schedule.add(job('d1'));
    expect(names(takeAll(schedule))).toBe(places === 1 ? '' : 'd1');
    schedule.finish(running[0] as Job);
    expect(names(takeAll(schedule))).toBe(places === 1 ? 'd1' : places === 2 ? 'b1' : 'c1');
  });
});

describe('the lanes of a schedule', () => {
  test('run quick jobs first', () => {
    const schedule = scheduleOf(1, [job('a1', 'slow'), job('b1'), job('c1'), job('b2')]);
    expect(runAll(schedule)).toBe('b1 c1 b2 a1');
  });

  test('run a slow job after eight quick jobs, so that a flood does not starve it', () => {
    const flood = Array.from({ length: 20 }, (_, index) => job(`b${index}`));
    const schedule = scheduleOf(1, [...flood, job('a1', 'slow'), job('c1', 'slow')]);
    expect(runAll(schedule).split(' ').indexOf('a1')).toBe(8);
  });

  test('do not count quick jobs that ran while no slow job waited', () => {
    const flood = Array.from({ length: 20 }, (_, index) => job(`b${index}`));
    const schedule = scheduleOf(1, flood);
    for (let count = 0; count < 10; count += 1) {
      schedule.finish(schedule.take() as Job);
    }
    schedule.add(job('a1', 'slow'));
    expect(runAll(schedule).split(' ').indexOf('a1')).toBe(8);
  });

  test('have separate limits, so that slow jobs keep no quick job out', () => {
    const limits = { maxPerUser: 2, maxTotal: 3 };
    const schedule = scheduleOf(1, [job('a1', 'slow'), job('a2', 'slow'), job('b1', 'slow')], limits);
    const rejected = job('b2', 'slow');
    expect(schedule.add(rejected)).toBe(rejected);
    expect(names([job('a3'), job('a4'), job('c1')].map((added) => schedule.add(added)))).toBe('  ');
  });

  test('drop a removed job and report whether it waited', () => {
    const [slow, quick] = [job('a1', 'slow'), job('a2')];
    const schedule = scheduleOf(1, [slow, quick]);
    expect(schedule.remove(slow)).toBe(true);
    expect(schedule.remove(slow)).toBe(false);
    expect(schedule.take()).toBe(quick);
    expect(schedule.remove(quick)).toBe(false);
  });
});
