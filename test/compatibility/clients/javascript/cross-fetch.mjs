import { createReadStream } from 'node:fs';
import fetch from 'cross-fetch';
import FormData from 'form-data';
import { report, versionOf } from './report.mjs';
import { ENDPOINT, FILE, headers, MAP, OPERATIONS } from './request.mjs';

const form = new FormData();
form.append('operations', OPERATIONS);
form.append('map', MAP);
form.append('file', createReadStream(FILE));
const response = await fetch(ENDPOINT, {
  method: 'POST',
  headers: { ...headers, ...form.getHeaders() },
  body: form,
});
report(
  `${versionOf('cross-fetch')}, form-data ${versionOf('form-data')}`,
  response.status,
  await response.text(),
);
