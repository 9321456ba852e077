import { registerHooks } from 'node:module';

/** To be loaded before a program: writes every module that it loads to standard error. */
registerHooks({
  load(url, context, next) {
    process.stderr.write(`loaded ${url}\n`);
    return next(url, context);
  },
});
