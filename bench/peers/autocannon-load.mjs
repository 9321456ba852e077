import { readFile } from 'node:fs/promises';
import autocannon from 'autocannon';

// Loads a server where wrk is not installed. Prints the number of responses and the seconds they took.

const { url, connections, seconds, headers, body, paths } = JSON.parse(process.argv[2]);
const list = paths && (await readFile(paths.file, 'utf8')).trim().split('\n');
let next = paths?.next;
const result = await autocannon({
  url,
  connections,
  duration: seconds,
  headers,
  ...(body === undefined ? {} : { method: 'POST', body }),
  ...(list && {
    requests: [
      {
        // Called before each request, so that all connections together request each path once.
        setupRequest(request) {
          const path = list[next % list.length];
          next += 1;
          return { ...request, path };
        },
      },
    ],
  }),
});
const failed = result.errors + result['4xx'] + result['5xx'];
process.stdout.write(
  `${JSON.stringify({ responses: result.requests.total, seconds: result.duration, failed })}\n`,
);
