import { randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { GatheredChunks } from '../../src/multipart/gathered-chunks.ts';
import { saveChunks } from '../../src/multipart/save-chunks.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('A saved stream', () => {
  it('has every byte in order, whatever the sizes of its chunks', async () => {
    const bytes = randomBytes(3_000_000);
    const sizes = [1, 70_000, 5, 300_000, 16, 1_000_000];
    const chunks: Buffer[] = [];
    for (let at = 0, index = 0; at < bytes.length; index += 1) {
      const size = sizes[index % sizes.length] as number;
      chunks.push(bytes.subarray(at, at + size));
      at += size;
    }
    const path = join(await temporaryFolder(), 'file');
    await saveChunks(new GatheredChunks(Readable.from(chunks, { objectMode: false })), path);
    expect((await readFile(path)).equals(bytes)).toBe(true);
  });

  it('frees the memory of its chunks, except memory that other buffers may share', async () => {
    const path = join(await temporaryFolder(), 'file');
    const own = Buffer.alloc(100_000, 'own');
    const shared = Buffer.alloc(100_000, 'shared');
    const chunks = [own, shared.subarray(0, 60_000)];
    await saveChunks(new GatheredChunks(Readable.from(chunks, { objectMode: false })), path);
    expect((await readFile(path)).length).toBe(160_000);
    expect(own.buffer.byteLength).toBe(0);
    expect(shared.equals(Buffer.alloc(100_000, 'shared'))).toBe(true);
  });

  it('is readable only by its owner', async () => {
    const path = join(await temporaryFolder(), 'file');
    await saveChunks(new GatheredChunks(Readable.from([Buffer.from('x')])), path);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('contains the bytes that were peeked before', async () => {
    const path = join(await temporaryFolder(), 'file');
    const chunks = new GatheredChunks(
      Readable.from([Buffer.from('ab'), Buffer.from('cd'), Buffer.from('ef')]),
    );
    expect((await chunks.peek(3)).toString()).toMatch(/^abcd/);
    await saveChunks(chunks, path);
    expect(await readFile(path, 'utf8')).toBe('abcdef');
  });

  it('is peeked up to its end if it is shorter than requested', async () => {
    const chunks = new GatheredChunks(Readable.from([Buffer.from('ab')]));
    expect((await chunks.peek(100)).toString()).toBe('ab');
  });

  it('that fails rejects with the cause, even if it failed before it was read', async () => {
    const path = join(await temporaryFolder(), 'file');
    const broken = new PassThrough();
    broken.on('error', () => {});
    broken.destroy(new Error('The line was cut.'));
    await expect(saveChunks(new GatheredChunks(broken), path)).rejects.toThrow('The line was cut.');
    const breaking = new PassThrough();
    const saving = saveChunks(new GatheredChunks(breaking), `${path}2`);
    breaking.write('half', () => breaking.destroy(new Error('It was cut later.')));
    await expect(saving).rejects.toThrow('It was cut later.');
  });

  it('is destroyed if its file cannot be written', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'taken');
    await saveChunks(new GatheredChunks(Readable.from([Buffer.from('first')])), path);
    const source = new PassThrough();
    await expect(saveChunks(new GatheredChunks(source), path)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(source.destroyed).toBe(true);
    expect(await readFile(path, 'utf8')).toBe('first');
  });
});

describe('Gathered chunks', () => {
  it('pause their stream at a backlog of 256 KiB and resume it when the backlog is taken', async () => {
    const source = new PassThrough({ highWaterMark: 1 });
    const chunks = new GatheredChunks(source);
    while (!source.isPaused()) {
      source.write(randomBytes(100_000));
      await new Promise(setImmediate);
    }
    const waiting = await chunks.take();
    expect(Buffer.concat(waiting).length).toBeGreaterThanOrEqual(256 * 1024);
    expect(Buffer.concat(waiting).length).toBeLessThan(500_000);
    expect(source.isPaused()).toBe(false);
  });
});
