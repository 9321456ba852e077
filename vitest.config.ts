import { defineConfig } from 'vitest/config';

export default defineConfig({
  // As Node resolves: with Vite's own condition `development` there would be a second graphql beside Yoga's.
  ssr: { resolve: { conditions: ['module-sync', 'node'] } },
  test: {
    include: ['test/**/*.test.ts'],
    // Real servers, decoders and browsers start slowly when two cores run several test files.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
    maxWorkers: 2,
    allowOnly: false,
  },
});
