import { readFile } from 'node:fs/promises';
import { Connection } from '../support/connection.ts';
import { UPLOAD_PICTURE, uploadRequest } from '../support/upload-request.ts';

// The process that uploads. On `start`, it sends one upload after another for each user, and reports when the first
// upload has finished. On `stop`, it finishes the current uploads and reports again.

/** Report on the uploads since `start`. */
export interface UploaderMessage {
  readonly uploadsPerSecond: number;
}

const [port, path = '', ...tokens] = process.argv.slice(2);
const file = await readFile(path);
const requests = tokens.map((token) =>
  uploadRequest({ document: UPLOAD_PICTURE, file, fileName: 'large.jpg', mediaType: 'image/jpeg', token }),
);
let stopping = false;

process.on('disconnect', () => process.exit());
process.on('message', (message: 'start' | 'stop') => {
  stopping = message === 'stop';
  if (!stopping) {
    void upload();
  }
});

async function upload(): Promise<void> {
  const startedAt = performance.now();
  let uploads = 0;
  const report = () => {
    const uploadsPerSecond = uploads / ((performance.now() - startedAt) / 1000);
    process.send?.({ uploadsPerSecond } satisfies UploaderMessage);
  };
  const uploadRepeatedly = async (request: Buffer): Promise<void> => {
    const connection = await Connection.open(Number(port));
    while (!stopping) {
      await connection.exchange(request);
      uploads += 1;
      if (uploads === 1) {
        report();
      }
    }
    connection.close();
  };
  await Promise.all(requests.map(uploadRepeatedly));
  report();
}
