import { AsyncLocalStorage } from 'node:async_hooks';
import { type ExpectStatic, expect, it, onTestFinished, type TestContext } from 'vitest';

const concurrentTest = new AsyncLocalStorage<TestContext>();

/**
 * Makes the body of a concurrent test. Vitest's global `expect.poll` and `onTestFinished` cannot tell which of several
 * concurrent tests calls them. The functions below can, if this made the test's body.
 */
export function concurrently<Args extends [...unknown[], TestContext]>(
  body: (...args: Args) => void | Promise<void>,
): (...args: Args) => void | Promise<void> {
  return (...args) => concurrentTest.run(args.at(-1) as TestContext, body, ...args);
}

/** Declares a concurrent test. It runs at once with the concurrent tests and suites before and after it. */
export function concurrentIt(title: string, body: (test: TestContext) => void | Promise<void>): void {
  it.concurrent(title, concurrently(body));
}

/** Runs a callback when the present test ends. */
export function atTestEnd(cleanUp: () => unknown): void {
  const register = concurrentTest.getStore()?.onTestFinished ?? onTestFinished;
  register(async () => {
    await cleanUp();
  });
}

/** Returns the `expect` of the present test. */
export function expectInTest(): ExpectStatic {
  return concurrentTest.getStore()?.expect ?? expect;
}

/** Returns whether the present test is one of several that run at once. */
export function isConcurrent(): boolean {
  return concurrentTest.getStore() !== undefined;
}
