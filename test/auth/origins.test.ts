import { describe, expect, it } from 'vitest';
import { allowOrigins, parseOrigin } from '../../src/auth/origins.ts';

describe('An operator can allow', () => {
  it.each([
    'https://app.example.com',
    'http://localhost:3000',
    'https://xn--bcher-kva.example:8443',
    'http://[::1]:3000',
    'http://192.168.1.20',
    'capacitor://localhost',
    'ionic://localhost',
    'tauri://localhost',
    'app://-',
    'http+custom.x-1://host:1',
    'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
    'moz-extension://0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f',
    // Browsers keep the case of a host whose scheme is not that of the web.
    'safari-web-extension://7E1D5F1C-6C0B-4F76-A7B8-000000000000',
  ])('the origin %s', (origin) => {
    expect(parseOrigin(origin)).toBe(origin);
  });

  it.each([
    ['HTTPS://App.Example.COM', 'https://app.example.com'],
    ['https://app.example.com:443', 'https://app.example.com'],
    ['http://app.example.com:80', 'http://app.example.com'],
    ['https://app.example.com:80', 'https://app.example.com:80'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['http://[0:0:0:0:0:0:0:1]', 'http://[::1]'],
    ['http://127.1', 'http://127.0.0.1'],
    ['Capacitor://localhost', 'capacitor://localhost'],
  ])('%s, which browsers send as %s', (text, origin) => {
    expect(parseOrigin(text)).toBe(origin);
  });
});

describe('An operator cannot allow', () => {
  it.each([
    'null',
    '*',
    'https://*',
    'https://*.example.com',
    '*://app.example.com',
    'app.example.com',
    'localhost:3000',
    '//app.example.com',
    'file://',
    'file:///',
    'file://host',
    'data://x',
    'blob://x',
    'about://blank',
    'javascript:alert(1)',
    'javascript://x',
    'wss://app.example.com',
    'https://',
    'capacitor://',
    'capacitor:localhost',
    'https:app.example.com',
    'https:/app.example.com',
    'https://app.example.com/',
    'https://app.example.com/path',
    'capacitor://localhost/',
    'https://app.example.com?x',
    'https://app.example.com#x',
    'https://user@app.example.com',
    'https://user:password@app.example.com',
    'https://app.example.com\\',
    'https://app.example.com:65536',
    'capacitor://localhost:x',
    'https://[::1',
    'https://a b',
    'https://%61pp.example.com',
    '"https://app.example.com"',
  ])('%s', (text) => {
    expect(parseOrigin(text)).toBeUndefined();
  });
});

describe('With every loopback origin allowed', () => {
  const allowsOrigin = allowOrigins(['https://app.example'], true);

  it.each([
    'https://app.example',
    'http://localhost',
    'http://localhost:3000',
    'https://localhost:65535',
    'http://app.localhost:5173',
    'http://127.0.0.1:8080',
    'http://127.255.1.2:1',
    'http://[::1]:3000',
    'https://[::1]',
  ])('pages of %s may use the API', (origin) => {
    expect(allowsOrigin(origin)).toBe(true);
  });

  it.each([
    '',
    'null',
    'localhost',
    'http://app.example',
    'http://localhost.evil.example:3000',
    'http://localhost.evil.example',
    'http://evillocalhost:3000',
    'http://127.0.0.1.evil.example:3000',
    'http://evil.example:3000',
    'http://localhost:3000.evil.example',
    'http://localhost@evil.example',
    'http://localhost:3000@evil.example',
    'http://evil.example/localhost',
    'http://evil.example/.localhost',
    'http://evil.example?.localhost',
    'http://evil.example#.localhost',
    'http://evil.example\\.localhost',
    'http://localhost:3000/',
    'http://[::2]:3000',
    'http://[::1].evil.example',
    'http://10.0.0.1:3000',
    'http://0.0.0.0:3000',
    'http://2130706433',
    'capacitor://localhost',
    'file://localhost',
    'http://localhost, http://evil.example',
  ])('pages of "%s" may not', (origin) => {
    expect(allowsOrigin(origin)).toBe(false);
  });
});
