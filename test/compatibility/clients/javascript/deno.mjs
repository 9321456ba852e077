import { report } from './report.mjs';
import { ENDPOINT, headers, newForm } from './request.mjs';

const response = await fetch(ENDPOINT, { method: 'POST', headers, body: await newForm() });
report(Deno.version.deno, response.status, await response.text());
