import { AsyncLocalStorage } from 'node:async_hooks';
import { type ExpectStatic, expect, it, onTestFinished, type TestContext } from 'vitest';

const concurrentTest = new AsyncLocalStorage<TestContext>();

/**
 * Wraps the body of a concurrent test, so that the functions below can identify the test that calls them. Vitest's
 * global `expect.poll` and `onTestFinished` cannot, if several tests run at once.
 */
export function concurrently<Args extends [...unknown[], TestContext]>(
  body: (...args: Args) => void | Promise<void>,
): (...args: Args) => void | Promise<void> {
  return (...args) => concurrentTest.run(args.at(-1) as TestContext, body, ...args);
}

/** Declares a concurrent test. It runs at the same time as the concurrent tests and suites next to it. */
export function concurrentIt(title: string, body: (test: TestContext) => void | Promise<void>): void {
  it.concurrent(title, concurrently(body));
}

/** Runs a callback when the current test ends. */
export function atTestEnd(cleanUp: () => unknown): void {
  const register = concurrentTest.getStore()?.onTestFinished ?? onTestFinished;
  register(async () => {
    await cleanUp();
  });
}

/** Returns the `expect` of the current test. */
export function expectInTest(): ExpectStatic {
  return concurrentTest.getStore()?.expect ?? expect;
}

/** Returns whether the current test is one of several that run at once. */
export function isConcurrent(): boolean {
  return concurrentTest.getStore() !== undefined;
}
