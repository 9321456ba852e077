import { report } from './report.mjs';
import { ENDPOINT, headers, newForm } from './request.mjs';

const { bun, deno, node } = process.versions;
const response = await fetch(ENDPOINT, { method: 'POST', headers, body: await newForm() });
report(bun ?? deno ?? node, response.status, await response.text());
