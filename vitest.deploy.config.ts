import { defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

const { projects: _forEveryMachine, ...shared } = config.test ?? {};

// What needs more than npm brings: nginx, and a root that may mount. Run by `npm run test:deploy`.
export default defineConfig({
  ...config,
  test: { ...shared, include: ['test/deploy/**/*.test.ts'] },
});
