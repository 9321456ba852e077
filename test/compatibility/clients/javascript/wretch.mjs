import wretch from 'wretch';
import { report, versionOf } from './report.mjs';
import { ENDPOINT, headers, newForm } from './request.mjs';

const response = await wretch(ENDPOINT)
  .headers(headers)
  .body(await newForm())
  .post()
  .res()
  .catch((error) => error.response);
report(versionOf('wretch'), response.status, await response.text());
