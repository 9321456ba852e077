import { readFileSync } from 'node:fs';

// Preloaded into a server (see clockForTest in clock.ts), so, unlike others, this file acts when it is imported: the
// time of day is off by as many milliseconds as the file CLOCK_SHIFT_FILE says at the moment. Timers are not.

const RealDate = Date;
const now = (): number => RealDate.now() + Number(readFileSync(process.env['CLOCK_SHIFT_FILE'] as string));

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
});
