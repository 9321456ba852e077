import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { report } from '../javascript/report.mjs';
import { addInput, PAGE, UPLOAD, uploadFromInput } from './page-upload.mjs';

const MINI_BROWSER = '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser';
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

// WebDriver (https://www.w3.org/TR/webdriver2/) over an X server without a screen.
const port = await freePort();
const driver = spawn('xvfb-run', ['--auto-servernum', 'WebKitWebDriver', `--port=${port}`], {
  detached: true,
});
try {
  const capabilities = {
    alwaysMatch: { 'webkitgtk:browserOptions': { binary: MINI_BROWSER, args: ['--automation'] } },
  };
  const { sessionId, capabilities: browser } = await openSession(capabilities);
  const send = (path, body) => post(`/session/${sessionId}/${path}`, body);
  await send('url', { url: PAGE });
  await send('execute/sync', { script: `(${addInput})()`, args: [] });
  const input = await send('element', { using: 'css selector', value: '#compatibility' });
  await send(`element/${input[ELEMENT]}/value`, { text: process.env.FILE });
  const script = `const done = arguments[1]; (${uploadFromInput})(arguments[0]).then(done, (error) => done({ error: String(error) }));`;
  const { status, body, error } = await send('execute/async', { script, args: [UPLOAD] });
  if (error) {
    throw new Error(error);
  }
  report(browser.browserVersion, status, body);
} finally {
  process.kill(-driver.pid);
}

async function openSession(capabilities) {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    try {
      return await post('/session', { capabilities });
    } catch (error) {
      if (error.cause?.code !== 'ECONNREFUSED') {
        throw error;
      }
      await wait(100);
    }
  }
  throw new Error('WebKitWebDriver does not listen.');
}

async function post(path, body) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  const { value } = await response.json();
  if (!response.ok) {
    throw new Error(`${value.error}: ${value.message}`);
  }
  return value;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
