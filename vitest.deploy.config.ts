import { defineConfig } from 'vitest/config';
import config, { NEEDS_PACKAGES } from './vitest.config.ts';

const { projects: _forEveryMachine, ...shared } = config.test ?? {};

// `npm run test:deploy` runs the tests that need Debian's packages, such as nginx and curl, and a root that may mount.
export default defineConfig({
  ...config,
  test: { ...shared, include: NEEDS_PACKAGES },
});
