import { readFile } from 'node:fs/promises';
import autocannon from 'autocannon';

// Loads a server where wrk is not installed. Prints the number of responses and the seconds they took.

const { url, connections, seconds, headers, pathsFile } = JSON.parse(process.argv[2]);
const paths = pathsFile === undefined ? undefined : (await readFile(pathsFile, 'utf8')).trim().split('\n');
let client = 0;
const result = await autocannon({
  url,
  connections,
  duration: seconds,
  headers,
  setupClient(connection) {
    if (paths !== undefined) {
      const own = paths.filter((_path, index) => index % connections === client);
      connection.setRequests(own.map((path) => ({ path })));
      client += 1;
    }
  },
});
const failed = result.errors + result['4xx'] + result['5xx'];
process.stdout.write(
  `${JSON.stringify({ responses: result.requests.total, seconds: result.duration, failed })}\n`,
);
