import axios from 'axios';
import { report } from './report.mjs';
import { ENDPOINT, headers, newForm } from './request.mjs';

const options = { headers, validateStatus: () => true, maxBodyLength: Infinity };
const { status, data } = await axios.post(ENDPOINT, await newForm(), options);
report(axios.VERSION, status, data);
