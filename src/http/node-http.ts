/**
 * Node's HTTP server. An `import` of `node:http` would read all exports of the module, and some of them load Node's
 * `fetch`, which takes 3.5 MB of heap and about 20 ms.
 */
export const { createServer, IncomingMessage, maxHeaderSize, STATUS_CODES } =
  process.getBuiltinModule('node:http');
