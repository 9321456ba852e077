import { readFileSync } from 'node:fs';

// `clockForTest` in clock.ts preloads this module into a server. The module shifts the time of day by the milliseconds
// in the file CLOCK_SHIFT_FILE. It reads the file at each call for the time. It does not shift timers.

const RealDate = Date;
const now = (): number => RealDate.now() + Number(readFileSync(process.env['CLOCK_SHIFT_FILE'] as string));

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
});
