import superagent from 'superagent';
import { report, versionOf } from './report.mjs';
import { ENDPOINT, FILE, headers, MAP, OPERATIONS } from './request.mjs';

const { status, text } = await superagent
  .post(ENDPOINT)
  .set(headers)
  .ok(() => true)
  .field('operations', OPERATIONS)
  .field('map', MAP)
  .attach('file', FILE);
report(versionOf('superagent'), status, text);
