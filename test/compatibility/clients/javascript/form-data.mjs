import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import FormData from 'form-data';
import { report, versionOf } from './report.mjs';
import { ENDPOINT, FILE, headers, MAP, OPERATIONS } from './request.mjs';

const form = new FormData();
form.append('operations', OPERATIONS);
form.append('map', MAP);
form.append('file', createReadStream(FILE));
const outgoing = request(ENDPOINT, { method: 'POST', headers: { ...headers, ...form.getHeaders() } });
form.pipe(outgoing);
const [response] = await once(outgoing, 'response');
report(versionOf('form-data'), response.statusCode, await text(response));
