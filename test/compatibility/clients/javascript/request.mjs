import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';

/** The request that `run-client.ts` passes to the client. */
export const { ENDPOINT, TOKEN, QUERY, OPERATIONS, MAP, FILE } = process.env;
export const headers = { Authorization: `Bearer ${TOKEN}` };

/** Returns the file as a browser's `File`, backed by the disk. */
export async function openFile() {
  return new File([await openAsBlob(FILE)], basename(FILE));
}

/** Returns the multipart form for clients that send a standard `FormData`. */
export async function newForm() {
  const form = new FormData();
  form.append('operations', OPERATIONS);
  form.append('map', MAP);
  form.append('file', await openFile());
  return form;
}
