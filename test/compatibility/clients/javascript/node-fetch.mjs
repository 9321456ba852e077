import { basename } from 'node:path';
import fetch, { FormData, fileFrom } from 'node-fetch';
import { report, versionOf } from './report.mjs';
import { ENDPOINT, FILE, headers, MAP, OPERATIONS } from './request.mjs';

const form = new FormData();
form.append('operations', OPERATIONS);
form.append('map', MAP);
form.append('file', await fileFrom(FILE), basename(FILE));
const response = await fetch(ENDPOINT, { method: 'POST', headers, body: form });
report(versionOf('node-fetch'), response.status, await response.text());
