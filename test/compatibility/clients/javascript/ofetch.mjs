import { ofetch } from 'ofetch';
import { report, versionOf } from './report.mjs';
import { ENDPOINT, headers, newForm } from './request.mjs';

const options = { method: 'POST', headers, body: await newForm(), ignoreResponseError: true };
const { status, _data } = await ofetch.raw(ENDPOINT, options);
report(versionOf('ofetch'), status, _data);
