import { createReadStream } from 'node:fs';
import { request } from 'playwright-core';
import { report, versionOf } from './report.mjs';
import { ENDPOINT, FILE, headers, MAP, OPERATIONS } from './request.mjs';

const context = await request.newContext();
const multipart = { operations: OPERATIONS, map: MAP, file: createReadStream(FILE) };
const response = await context.post(ENDPOINT, { headers, multipart });
report(versionOf('playwright-core'), response.status(), await response.text());
await context.dispose();
