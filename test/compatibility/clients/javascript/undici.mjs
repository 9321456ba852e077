import { FormData, request } from 'undici';
import { report, versionOf } from './report.mjs';
import { ENDPOINT, headers, MAP, OPERATIONS, openFile } from './request.mjs';

const form = new FormData();
form.append('operations', OPERATIONS);
form.append('map', MAP);
form.append('file', await openFile());
const { statusCode, body } = await request(ENDPOINT, { method: 'POST', headers, body: form });
report(versionOf('undici'), statusCode, await body.text());
