import { expect, test } from 'vitest';
import { EndpointState, MAX_CONCURRENT_ATTEMPTS } from '../../src/webhooks/endpoint-state.ts';

test('after a failure, one webhook is sent at a time, with pauses up to a minute, until one succeeds', () => {
  const state = new EndpointState();
  expect(state.capacity(2, 0)).toBe(MAX_CONCURRENT_ATTEMPTS - 2);
  expect(state.failed(0)).toBe(true);
  let now = 0;
  const pauses = Array.from({ length: 9 }, () => {
    const pause = state.pause(now);
    expect(state.capacity(0, now)).toBe(0);
    now += pause;
    expect(state.capacity(0, now)).toBe(1);
    expect(state.capacity(1, now)).toBe(0);
    expect(state.failed(now)).toBe(false);
    return pause / 1000;
  });
  expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
  expect(state.succeeded()).toBe(true);
  expect(state.succeeded()).toBe(false);
  expect(state.capacity(0, now)).toBe(MAX_CONCURRENT_ATTEMPTS);
});

test('attempts that fail together count as one failure', () => {
  const state = new EndpointState();
  for (let attempt = 0; attempt < MAX_CONCURRENT_ATTEMPTS; attempt += 1) {
    state.failed(attempt);
  }
  expect(state.pause(0)).toBe(1_000);
});

test('a failure of the outbox pauses the endpoint, but is not a failure of it', () => {
  const state = new EndpointState();
  state.outboxFailed(0);
  expect(state.pause(0)).toBe(1_000);
  expect(state.failed(0)).toBe(true);
  expect(state.succeeded()).toBe(true);
  state.outboxFailed(0);
  expect(state.succeeded()).toBe(false);
});

test('an endpoint that is gone gets nothing any more', () => {
  const state = new EndpointState();
  expect(state.gone()).toBe(true);
  expect(state.gone()).toBe(false);
  state.succeeded();
  expect(state.capacity(0, Number.MAX_SAFE_INTEGER)).toBe(0);
});
