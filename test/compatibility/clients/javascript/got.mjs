import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import got from 'got';
import { report, versionOf } from './report.mjs';
import { ENDPOINT, FILE, headers, MAP, OPERATIONS } from './request.mjs';

const form = new FormData();
form.append('operations', OPERATIONS);
form.append('map', MAP);
form.append('file', new File([await readFile(FILE)], basename(FILE)));
const { statusCode, body } = await got.post(ENDPOINT, { headers, body: form, throwHttpErrors: false });
report(versionOf('got'), statusCode, body);
