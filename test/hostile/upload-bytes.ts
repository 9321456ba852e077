import { readFile } from 'node:fs/promises';
import { UPLOAD } from '../support/graphql.ts';
import { picturePath } from '../support/pictures.ts';
import { SMALL_PICTURE } from '../support/unharmed.ts';
import { BODY_END, fieldPart, fileHead, requestHead } from '../support/wire.ts';

/** The bytes of a complete upload request, and the stages at which a client may stop sending. */
export interface UploadBytes {
  readonly bytes: Buffer;
  /** Number of bytes sent at each stage. */
  readonly stages: Readonly<Record<Stage, number>>;
}

export type Stage =
  | 'within the request line'
  | 'within the headers'
  | 'after the headers'
  | 'within operations'
  | 'within the map'
  | "within the file's header"
  | 'before the file'
  | 'at the first byte of the file'
  | 'in the middle of the file'
  | 'at the last byte of the file'
  | 'within the last delimiter'
  | 'after the last byte';

/** Returns whether the request head is complete at this stage. */
export function hasHeaders(stage: Stage): boolean {
  return stage !== 'within the request line' && stage !== 'within the headers';
}

/** Returns an upload that is accepted if it is sent completely. */
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
      'after the headers': head.length,
      'within operations': beforeMap - 20,
      'within the map': beforeMap + map.length - 10,
      "within the file's header": beforeFile - 10,
      'before the file': beforeFile,
      'at the first byte of the file': beforeFile + 1,
      'in the middle of the file': beforeFile + Math.floor(picture.length / 2),
      'at the last byte of the file': afterFile,
      'within the last delimiter': afterFile + 10,
      'after the last byte': afterFile + BODY_END.length,
    },
  };
}
