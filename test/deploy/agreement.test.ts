import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { REQUEST_TIMEOUTS, UPLOAD_IDLE_TIMEOUT_MS } from '../../src/app.ts';
import { KEEP_ALIVE_TIMEOUT_MS } from '../../src/http/server.ts';

const DEPLOY = join(import.meta.dirname, '../../deploy');

describe('deploy/nginx.conf', () => {
  let config: string;
  beforeAll(async () => {
    config = await readFile(join(DEPLOY, 'nginx.conf'), 'utf8');
  });

  /** Returns the value of a directive in milliseconds. */
  const time = (directive: string): number => {
    const [match, ...others] = config.matchAll(new RegExp(`^\\s*${directive} (\\d+)s;`, 'gm'));
    expect(others, directive).toEqual([]);
    return Number(match?.[1]) * 1000;
  };

  it('has the same time limit for headers as Portrait', () => {
    expect(time('client_header_timeout')).toBe(REQUEST_TIMEOUTS.headers);
  });

  it('times out later than Portrait, which responds with an error code', () => {
    expect(time('client_body_timeout')).toBeGreaterThan(UPLOAD_IDLE_TIMEOUT_MS);
    expect(time('proxy_read_timeout')).toBeGreaterThan(REQUEST_TIMEOUTS.idle);
  });

  it('closes idle connections to Portrait long before Portrait does, even in a drain', async () => {
    const compose = parse(await readFile(join(DEPLOY, 'compose.yaml'), 'utf8'), { merge: true });
    const drain = Number(compose.services['portrait-1'].environment.DRAIN_SECONDS) * 1000;
    expect(time('keepalive_timeout') * 2).toBeLessThanOrEqual(Math.min(KEEP_ALIVE_TIMEOUT_MS, drain));
  });
});
