import { registerHooks } from 'node:module';

// Tests preload this module into a program. It writes the URL of every module that the program loads to standard error.
registerHooks({
  load(url, context, next) {
    process.stderr.write(`loaded ${url}\n`);
    return next(url, context);
  },
});
