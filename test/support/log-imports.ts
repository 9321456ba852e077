import { registerHooks } from 'node:module';

// Preloaded before a program. Writes the URL of every module that the program loads to standard error.
registerHooks({
  load(url, context, next) {
    process.stderr.write(`loaded ${url}\n`);
    return next(url, context);
  },
});
