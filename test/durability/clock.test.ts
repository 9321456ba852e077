import { describe, expect, it } from 'vitest';
import { signToken } from '../../src/auth/token.ts';
import { clockForTest } from '../support/clock.ts';
import { query, upload, uploaded, viewer } from '../support/graphql.ts';
import { expectNothingLost } from '../support/inspect-storage.ts';
import { pictureFile } from '../support/pictures.ts';
import { portraitForTest } from '../support/portrait.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const HOUR_S = 3600;
const DAY_MS = 24 * HOUR_S * 1000;
const YEAR_MS = 365 * DAY_MS;
const RESTORE = 'mutation { restoreProfilePicture { profilePicture { id } } }';

describe('When the clock jumps', () => {
  it('the later upload is the current picture, and a restoration brings back the last trashed picture', async () => {
    const clock = await clockForTest();
    const folder = await temporaryFolder();
    const server = await portraitForTest({ folder, env: clock.env });
    const first = await uploaded(server, await pictureFile('cmyk.jpg'));
    await clock.shift(-5 * YEAR_MS);
    const second = await uploaded(server, await pictureFile('photo.webp'));
    expect(Date.parse(second.profilePicture.uploadedAt)).toBeLessThan(Date.now() - 4 * YEAR_MS);
    expect((await viewer(server)).profilePicture?.id).toBe(second.profilePicture.id);
    await clock.shift(5 * YEAR_MS);
    const third = await uploaded(server, await pictureFile('cmyk.jpg'));
    await clock.shift(-10 * YEAR_MS);
    for (const { profilePicture } of [second, third]) {
      const { data } = await query(server, RESTORE);
      expect(data).toEqual({ restoreProfilePicture: { profilePicture: { id: profilePicture.id } } });
    }
    await server.end('SIGTERM');

    // The server keeps pictures that were trashed at times long after its own clock.
    const again = await portraitForTest({ folder, env: clock.env });
    await query(again, RESTORE);
    expect((await viewer(again)).profilePicture?.id).toBe(second.profilePicture.id);
    const ids = [first, second, third].map(({ profilePicture }) => profilePicture.id);
    await expectNothingLost(folder, ids);
  });

  it('forward while the server is stopped, the trash counts as old and the current picture stays', async () => {
    const clock = await clockForTest();
    const folder = await temporaryFolder();
    const server = await portraitForTest({ folder, env: clock.env });
    await uploaded(server, await pictureFile('cmyk.jpg'));
    const present = await uploaded(server, await pictureFile('photo.webp'));
    await server.end('SIGTERM');
    await clock.shift(8 * DAY_MS);
    const again = await portraitForTest({ folder, env: clock.env });
    await expect.poll(() => again.pictures()).toHaveLength(1);
    expect((await viewer(again)).profilePicture?.id).toBe(present.profilePicture.id);
    await again.end('SIGTERM');
    await expectNothingLost(folder, [present.profilePicture.id]);
  });

  it('tokens follow the clock, and the limit on uploads neither ends early nor lasts for years', async () => {
    const clock = await clockForTest();
    const AUTH_SECRET = 'a secret that only the two servers know';
    const server = await portraitForTest({ env: { ...clock.env, AUTH_SECRET, UPLOADS_PER_HOUR: '1' } });
    const headers = {
      Authorization: `Bearer ${await signToken({ id: 'ann', name: null }, AUTH_SECRET, {})}`,
    };
    const file = await pictureFile('cmyk.jpg');
    expect((await upload(server, file, {}, headers)).status).toBe(200);
    await clock.shift(YEAR_MS);
    const { errors: late } = await upload(server, file, {}, headers);
    expect(late?.[0]).toMatchObject({
      message: 'Your sign-in has expired. Sign in again.',
      extensions: { code: 'UNAUTHENTICATED' },
    });
    await clock.shift(-YEAR_MS);
    const { errors, headers: responseHeaders } = await upload(server, file, {}, headers);
    expect(errors?.[0]?.extensions).toEqual({ code: 'RATE_LIMITED', retryAfter: HOUR_S });
    expect(responseHeaders.get('Retry-After')).toBe(String(HOUR_S));
  });
});
