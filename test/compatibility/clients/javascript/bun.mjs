import { report } from './report.mjs';

const { ENDPOINT, TOKEN, OPERATIONS, MAP, FILE } = process.env;
const form = new FormData();
form.append('operations', OPERATIONS);
form.append('map', MAP);
form.append('file', Bun.file(FILE));
const headers = { Authorization: `Bearer ${TOKEN}` };
const response = await fetch(ENDPOINT, { method: 'POST', headers, body: form });
report(Bun.version, response.status, await response.text());
