import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { upload, uploaded, viewer } from '../support/graphql.ts';
import { pictureFile, picturePath } from '../support/pictures.ts';
import { type Portrait, portraitForTest } from '../support/portrait.ts';

/**
 * Starts a server, one of whose folders is a file system of its own with little room. It is a tmpfs in a mount
 * namespace that only the server sees, for which nobody has to be root.
 */
function portraitWithLittleRoom(folder: 'uploads' | 'pictures' | 'data', size: string): Promise<Portrait> {
  const mount = `mkdir -p "$PWD/${folder}" && mount -t tmpfs -o size=${size} tmpfs "$PWD/${folder}" && exec "$@"`;
  return portraitForTest({
    runner: ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', mount, 'sh'],
    env: { LOG_LEVEL: 'error' },
  });
}

describe('When the disk is full', () => {
  it('while a file is received, it is refused and the present picture stays', async () => {
    const server = await portraitWithLittleRoom('uploads', '1m');
    const present = await uploaded(server, await pictureFile('photo.webp'));
    const large = new File(
      [await readFile(picturePath('photo-2725x2225.jpg')), new Uint8Array(2_000_000)],
      'me.jpg',
    );
    await expectFull(server, large);
    expect(await viewer(server)).toEqual(present);
    // What was received of it is gone: there is room again.
    await uploaded(server, await pictureFile('photo.webp'));
  });

  it('while it is rendered, it is refused and the present picture stays', async () => {
    const server = await portraitWithLittleRoom('pictures', '200k');
    const present = await uploaded(server, await pictureFile('cmyk.jpg'));
    await fill(server, 'photo-2725x2225.jpg');
    const { profilePicture } = await viewer(server);
    expect((await fetch(profilePicture?.url as string)).status).toBe(200);
    expect(profilePicture?.id).toBeTruthy();
    expect((await fetch(present.profilePicture.url)).status).toBe(200);
  });

  it('while it is committed, it is refused and the present picture stays', async () => {
    const server = await portraitWithLittleRoom('data', '300k');
    await uploaded(server, await pictureFile('cmyk.jpg'));
    const last = await fill(server, 'grey-alpha-16bit.png');
    const present = await viewer(server);
    expect(present.profilePicture?.id).toBe(last);
    expect((await fetch(present.profilePicture?.url as string)).status).toBe(200);
  });
});

/** Uploads a picture again and again until the room is used up. @returns the id of the last that passed. */
async function fill(server: Portrait, name: string): Promise<string | undefined> {
  const file = await pictureFile(name);
  let last = (await viewer(server)).profilePicture?.id;
  for (let count = 0; count < 500; count += 1) {
    const { status, errors, data } = await upload(server, file);
    if (status !== 200) {
      expect([status, errors?.[0]?.extensions.code]).toEqual([507, 'STORAGE_FULL']);
      expect(await server.uploads()).toEqual([]);
      return last;
    }
    last = data?.uploadProfilePicture.profilePicture?.id;
  }
  throw new Error('The room was never used up.');
}

async function expectFull(server: Portrait, file: File): Promise<void> {
  const { status, errors } = await upload(server, file);
  expect([status, errors?.[0]?.extensions.code]).toEqual([507, 'STORAGE_FULL']);
  expect(errors?.[0]?.message).toContain('no room left');
}
