import { defineConfig } from 'vitest/config';
import config, { NEEDS_PACKAGES } from './vitest.config.ts';

const { projects: _projects, env: _memory, ...shared } = config.test ?? {};

// `npm run test:deploy` runs the tests that need Debian packages, such as nginx and curl, and a root user who may mount.
// They install the packages of npm into temporary folders, which are on the disk for that reason.
export default defineConfig({
  ...config,
  test: { ...shared, include: NEEDS_PACKAGES },
});
