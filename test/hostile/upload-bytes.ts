import { readFile } from 'node:fs/promises';
import { UPLOAD } from '../support/graphql.ts';
import { picturePath } from '../support/pictures.ts';
import { SMALL_PICTURE } from '../support/unharmed.ts';
import { BODY_END, fieldPart, fileHead, requestHead } from '../support/wire.ts';

/** A whole upload as it goes over the wire, and where a client may stop in it. */
export interface UploadBytes {
  readonly bytes: Buffer;
  /** Bytes that are sent by then. */
  readonly stages: Readonly<Record<Stage, number>>;
}

export type Stage =
  | 'within the request line'
  | 'within the headers'
  | 'behind the headers'
  | 'within operations'
  | 'within the map'
  | "within the file's header"
  | 'before the file'
  | 'at the first byte of the file'
  | 'in the middle of the file'
  | 'at the last byte of the file'
  | 'within the last delimiter'
  | 'behind the last byte';

/** Stages by which the whole head of the request is there. */
export function hasHeaders(stage: Stage): boolean {
  return stage !== 'within the request line' && stage !== 'within the headers';
}

/** An upload that passes, if all of it is sent. */
export async function uploadBytes(): Promise<UploadBytes> {
  const picture = await readFile(picturePath(SMALL_PICTURE));
  const operations = fieldPart('operations', JSON.stringify({ query: UPLOAD, variables: { file: null } }));
  const map = fieldPart('map', '{"0":["variables.file"]}');
  const file = fileHead('0', SMALL_PICTURE);
  const bodyLength =
    Buffer.byteLength(operations + map + file) + picture.length + Buffer.byteLength(BODY_END);
  const head = requestHead({ 'Content-Length': bodyLength });
  const beforeMap = head.length + Buffer.byteLength(operations);
  const beforeFile = beforeMap + map.length + file.length;
  const afterFile = beforeFile + picture.length;
  return {
    bytes: Buffer.concat([Buffer.from(head + operations + map + file), picture, Buffer.from(BODY_END)]),
    stages: {
      'within the request line': 8,
      'within the headers': head.length - 10,
      'behind the headers': head.length,
      'within operations': beforeMap - 20,
      'within the map': beforeMap + map.length - 10,
      "within the file's header": beforeFile - 10,
      'before the file': beforeFile,
      'at the first byte of the file': beforeFile + 1,
      'in the middle of the file': beforeFile + Math.floor(picture.length / 2),
      'at the last byte of the file': afterFile,
      'within the last delimiter': afterFile + 10,
      'behind the last byte': afterFile + BODY_END.length,
    },
  };
}
