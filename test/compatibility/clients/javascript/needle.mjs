import needle from 'needle';
import { report, versionOf } from './report.mjs';
import { ENDPOINT, FILE, headers, MAP, OPERATIONS } from './request.mjs';

const form = {
  operations: OPERATIONS,
  map: MAP,
  file: { file: FILE, content_type: 'application/octet-stream' },
};
const { statusCode, body } = await needle('post', ENDPOINT, form, { headers, multipart: true });
report(versionOf('needle'), statusCode, body);
