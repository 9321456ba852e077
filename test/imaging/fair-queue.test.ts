import { describe, expect, test } from 'vitest';
import { FairQueue } from '../../src/imaging/fair-queue.ts';

const anyone = () => true;

/** Returns a queue of these jobs. The first character of a job's name is its user. */
function queueOf(jobs: string, { maxPerUser = 8, maxTotal = 100 } = {}): FairQueue<string> {
  const queue = new FairQueue<string>({ maxPerUser, maxTotal });
  for (const job of jobs.split(' ')) {
    expect(queue.add(job.charAt(0), job)).toBeUndefined();
  }
  return queue;
}

function takeAll(queue: FairQueue<string>): string {
  const jobs: string[] = [];
  for (let job = queue.take(anyone); job !== undefined; job = queue.take(anyone)) {
    jobs.push(job);
  }
  return jobs.join(' ');
}

describe('a fair queue', () => {
  test('takes one job per user in turn, and the jobs of each user in order', () => {
    expect(takeAll(queueOf('a1 a2 a3 b1 b2 c1'))).toBe('a1 b1 c1 a2 b2 a3');
  });

  test('puts a user who arrives later behind the others', () => {
    const queue = queueOf('a1 a2 a3 b1 b2');
    expect(queue.take(anyone)).toBe('a1');
    queue.add('c', 'c1');
    expect(takeAll(queue)).toBe('b1 a2 c1 b2 a3');
  });

  test('skips a user who may not run, without losing the turn of that user', () => {
    const queue = queueOf('a1 a2 b1 b2');
    expect(queue.take((user) => user !== 'a')).toBe('b1');
    expect(takeAll(queue)).toBe('a1 b2 a2');
    expect(queueOf('a1').take(() => false)).toBeUndefined();
  });

  test('drops a removed job, and the turn of a user without jobs', () => {
    const queue = queueOf('a1 b1 b2');
    expect(queue.remove('a', 'a1')).toBe(true);
    expect(queue.remove('a', 'a1')).toBe(false);
    expect(queue.remove('b', 'b1')).toBe(true);
    expect(takeAll(queue)).toBe('b2');
    expect(queue.isEmpty).toBe(true);
  });

  test('has room again after all jobs are cleared', () => {
    const queue = queueOf('a1 b1', { maxTotal: 2 });
    expect(queue.clear()).toEqual(['a1', 'b1']);
    expect(queue.add('c', 'c1')).toBeUndefined();
    expect(takeAll(queue)).toBe('c1');
  });
});

describe('the limits of a fair queue', () => {
  test('reject a job of a user at the limit, but no job of another user', () => {
    const queue = queueOf('a1 a2', { maxPerUser: 2 });
    expect(queue.add('a', 'a3')).toBe('a3');
    expect(queue.add('b', 'b1')).toBeUndefined();
    queue.take(anyone);
    expect(queue.add('a', 'a4')).toBeUndefined();
  });

  test('drop the newest job of the user with the most jobs if the queue is full', () => {
    const queue = queueOf('a1 b1 b2 b3 c1 c2', { maxTotal: 6 });
    expect(queue.add('d', 'd1')).toBe('b3');
    expect(takeAll(queue)).toBe('a1 b1 c1 d1 b2 c2');
  });

  test('reject the new job if its user would have at least as many jobs as any other', () => {
    const queue = queueOf('a1 a2 b1 b2', { maxTotal: 4 });
    expect(queue.add('a', 'a3')).toBe('a3');
    expect(queue.add('c', 'c1')).toBe('a2');
    expect(queue.add('c', 'c2')).toBe('c2');
    expect(takeAll(queue)).toBe('a1 b1 c1 b2');
  });

  test('admit every user although others fill the queue, if the queue has a place for each user', () => {
    const queue = new FairQueue<string>({ maxPerUser: 8, maxTotal: 16 });
    for (let job = 0; job < 20; job += 1) {
      queue.add('a', `a${job}`);
      queue.add('b', `b${job}`);
    }
    const honest = [...'cdefghijklmnop'];
    expect(
      honest.map((user) => queue.add(user, user)).filter((dropped) => !/^[ab]/.test(dropped ?? '')),
    ).toEqual([]);
    expect(takeAll(queue)).toBe(`a0 b0 ${honest.join(' ')}`);
  });
});
