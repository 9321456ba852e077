import ky from 'ky';
import { report, versionOf } from './report.mjs';
import { ENDPOINT, headers, newForm } from './request.mjs';

const response = await ky.post(ENDPOINT, { headers, body: await newForm(), throwHttpErrors: false });
report(versionOf('ky'), response.status, await response.text());
