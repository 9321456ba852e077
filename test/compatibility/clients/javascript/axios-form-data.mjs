import { createReadStream } from 'node:fs';
import axios from 'axios';
import FormData from 'form-data';
import { report, versionOf } from './report.mjs';
import { ENDPOINT, FILE, headers, MAP, OPERATIONS } from './request.mjs';

const form = new FormData();
form.append('operations', OPERATIONS);
form.append('map', MAP);
form.append('file', createReadStream(FILE));
const options = {
  headers: { ...headers, ...form.getHeaders() },
  validateStatus: () => true,
  maxBodyLength: Infinity,
};
const { status, data } = await axios.post(ENDPOINT, form, options);
report(`${axios.VERSION}, form-data ${versionOf('form-data')}`, status, data);
