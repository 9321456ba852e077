import { accessSync, constants, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tests that need a Postgres server. It is started only for them. */
const POSTGRES = 'test/**/*postgres*.test.ts';

/** Tests that need more than npm and Debian's essential packages. See vitest.deploy.config.ts. */
export const NEEDS_PACKAGES = ['test/deploy/**/*.test.ts', 'test/clients/curl/**/*.test.ts'];

/**
 * Small files that take long. Vitest starts the largest files first, so these would run last, while the other workers
 * have nothing left to do.
 */
const SLOW_FILES = /\/(mixed-load|mutated-files|kill|stalled)\.test\.ts$/;

/** Folder in memory, where a server does not wait for its disk each time that it synchronizes a file. */
const IN_MEMORY = '/dev/shm';
/** Free bytes that several test files at once need for their folders. */
const NEEDED_BYTES = 4 * 1024 ** 3;

/** Returns the folder for temporary files: TMPDIR if the environment has it, else memory if it has room, else the disk. */
function findTemporaryFolder(): string {
  const named = process.env['TMPDIR'];
  if (named !== undefined) {
    return named;
  }
  try {
    accessSync(IN_MEMORY, constants.W_OK);
    const { bavail, bsize } = statfsSync(IN_MEMORY);
    return bavail * bsize >= NEEDED_BYTES ? IN_MEMORY : tmpdir();
  } catch {
    return tmpdir();
  }
}

/** Starts the slow files of each project first. */
class SlowFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const projects = [...new Set(sorted.map(({ project }) => project))];
    return projects.flatMap((project) => {
      const own = sorted.filter((file) => file.project === project);
      const isSlow = ({ moduleId }: TestSpecification) => SLOW_FILES.test(moduleId);
      return [...own.filter(isSlow), ...own.filter((file) => !isSlow(file))];
    });
  }
}

export default defineConfig({
  // Resolves modules like Node. Vite's own condition `development` would load a second graphql besides Yoga's.
  ssr: { resolve: { conditions: ['module-sync', 'node'] } },
  test: {
    // Real servers, decoders and browsers start slowly when two cores run several test files.
    // These limits are for tests that hang. One test takes 50 s on a slow machine.
    testTimeout: 180_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 60_000 } },
    // More than the two cores that it is tuned for, because many tests wait for servers, timers and disks. With three
    // workers, the cores were idle for a third of the time. With five, decoders of large pictures came near their limit.
    maxWorkers: 4,
    // Test files share only modules, because they start their own servers. Loading Vitest and the libraries again for each
    // of a hundred files took ten seconds of the suite.
    isolate: false,
    sequence: { sequencer: SlowFilesFirst },
    allowOnly: false,
    env: { TMPDIR: findTemporaryFolder() },
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
