import newman from 'newman';
import { report, versionOf } from './report.mjs';
import { ENDPOINT, FILE, headers, MAP, OPERATIONS } from './request.mjs';

const request = {
  url: ENDPOINT,
  method: 'POST',
  header: Object.entries(headers).map(([key, value]) => ({ key, value })),
  body: {
    mode: 'formdata',
    formdata: [
      { key: 'operations', value: OPERATIONS, type: 'text' },
      { key: 'map', value: MAP, type: 'text' },
      { key: 'file', src: FILE, type: 'file' },
    ],
  },
};
const collection = { info: { name: 'Portrait' }, item: [{ name: 'Upload', request }] };
newman.run({ collection, workingDir: '/', insecureFileRead: true }, (error, summary) => {
  const { response, requestError } = summary?.run.executions[0] ?? {};
  if (error || requestError) {
    throw error ?? requestError;
  }
  report(versionOf('newman'), response.code, response.stream.toString());
});
