import { defineConfig } from 'vitest/config';

/** Tests that need a Postgres server, which is started for them alone. */
const POSTGRES = 'test/**/*postgres*.test.ts';

/** Tests that need more than npm and the essential packages of Debian: see vitest.deploy.config.ts. */
export const NEEDS_PACKAGES = ['test/deploy/**/*.test.ts', 'test/clients/curl/**/*.test.ts'];

export default defineConfig({
  // As Node resolves: with Vite's own condition `development` there would be a second graphql beside Yoga's.
  ssr: { resolve: { conditions: ['module-sync', 'node'] } },
  test: {
    // Real servers, decoders and browsers start slowly when two cores run several test files.
    // Only what hangs is to be ended by these: one test takes 50 s on a slow machine.
    testTimeout: 180_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
    // One more than the cores that it is made for: many tests wait for servers, timers and disks.
    maxWorkers: 3,
    // Test files share nothing but modules: what they test runs in servers of their own. To load Vitest and the libraries anew
    // for each of a hundred files took ten seconds of the suite.
    isolate: false,
    allowOnly: false,
    // Vitest runs projects in the order of their names. The Postgres tests wait a lot. If they ran last, the cores would idle.
    projects: [
      {
        extends: true,
        test: { name: 'postgres', include: [POSTGRES], globalSetup: 'test/support/postgres-server.ts' },
      },
      {
        extends: true,
        test: {
          name: 'without-postgres',
          include: ['test/**/*.test.ts'],
          exclude: [POSTGRES, ...NEEDS_PACKAGES],
        },
      },
    ],
  },
});
