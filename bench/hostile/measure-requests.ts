import { join } from 'node:path';
import { goal, print, printTable } from '../support/print.ts';
import { runPortrait } from '../support/run-portrait.ts';
import { runServer } from '../support/run-server.ts';
import { documentRequests } from './document-requests.ts';
import { endServer, isGone } from './end-server.ts';
import { headerRequests } from './header-requests.ts';
import type { HostileRequest } from './hostile-request.ts';
import { type Cost, measureCost } from './measure-cost.ts';
import { multipartRequests } from './multipart-requests.ts';
import { HOSTILE_ENVIRONMENT, seedHostile } from './seed-hostile.ts';
import { variableRequests, yardstickRequest } from './variable-requests.ts';

/**
 * Maximum processor time of a request in yardsticks, so that the goal applies to every machine. It is 100 ms on a core
 * on which the yardstick takes 4 ms.
 */
const MAX_YARDSTICKS = 25;
const MAX_MEMORY_MB = 20;
const MB = 1_000_000;

/** Prints the cost of one request of each kind for the server, the most expensive first. */
export async function measureRequests(folder: string): Promise<void> {
  const picturePath = await seedHostile(folder);
  const yardstick = await measureYardstick();
  const requests = [
    ...documentRequests(),
    ...variableRequests(),
    ...headerRequests(picturePath),
    ...(await multipartRequests()),
  ];
  const rows: { name: string; cost: Cost | undefined }[] = [];
  for (const { name, bytes } of requests) {
    rows.push({ name, cost: await measureRequest(folder, bytes) });
  }
  rows.sort((a, b) => processorMsOf(b) - processorMsOf(a));
  printTable('hostile: one request of each kind, processor time and memory of the server', [
    ['request', 'bytes', 'ms', 'yardsticks', 'MB', 'within the goal'],
    ['yardstick: a bare node:http server, 256 KiB of JSON', '', ...figures(yardstick, yardstick), ''],
    ...rows.map(({ name, cost }) => rowOf(requests, name, cost, yardstick)),
  ]);
  const worst = Math.max(...rows.map(processorMsOf)) / yardstick.processorMs;
  print(`worst processor time  ${worst.toFixed(1)} yardsticks  goal ${goal(worst, '<=', MAX_YARDSTICKS)}`);
  const memory = Math.max(...rows.map(({ cost }) => cost?.memoryBytes ?? Number.POSITIVE_INFINITY)) / MB;
  print(`worst memory  ${memory.toFixed(0)} MB  goal ${goal(memory, '<=', MAX_MEMORY_MB, ' MB')}`);
}

async function measureYardstick(): Promise<Cost> {
  await using server = await runServer({ args: [join(import.meta.dirname, 'yardstick-server.ts')] });
  return await measureCost(server, yardstickRequest());
}

/** Measures a request with a new server. @returns undefined if the request killed the server. */
async function measureRequest(folder: string, bytes: Buffer): Promise<Cost | undefined> {
  await using server = await runPortrait(folder, HOSTILE_ENVIRONMENT);
  try {
    return await measureCost(server, bytes);
  } catch (error) {
    if (isGone(server)) {
      return undefined;
    }
    throw error;
  } finally {
    endServer(server);
  }
}

function processorMsOf({ cost }: { readonly cost: Cost | undefined }): number {
  return cost?.processorMs ?? Number.POSITIVE_INFINITY;
}

function rowOf(
  requests: readonly HostileRequest[],
  name: string,
  cost: Cost | undefined,
  yardstick: Cost,
): string[] {
  const bytes = requests.find((request) => request.name === name)?.bytes.length ?? 0;
  if (cost === undefined) {
    return [name, `${bytes}`, '', '', '', 'NO, the server died'];
  }
  const within =
    !cost.timedOut &&
    cost.processorMs <= MAX_YARDSTICKS * yardstick.processorMs &&
    cost.memoryBytes <= MAX_MEMORY_MB * MB;
  const verdict = within ? 'yes' : cost.timedOut ? 'NO, timed out' : 'NO';
  return [name, `${bytes}`, ...figures(cost, yardstick), verdict];
}

function figures(cost: Cost, yardstick: Cost): string[] {
  const atLeast = cost.timedOut ? '> ' : '';
  return [
    `${atLeast}${cost.processorMs.toFixed(1)}`,
    `${atLeast}${(cost.processorMs / yardstick.processorMs).toFixed(1)}`,
    `${atLeast}${(cost.memoryBytes / MB).toFixed(0)}`,
  ];
}
