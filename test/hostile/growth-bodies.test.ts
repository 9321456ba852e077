import { parseJsonRequest } from '../../src/http/yoga/parse-params.ts';
import { GrowingBuffer } from '../../src/multipart/growing-buffer.ts';
import { PartsParser } from '../../src/multipart/parts-parser.ts';
import { parseMap, parseOperations, placeUploads } from '../../src/multipart/place-uploads.ts';
import { Upload } from '../../src/multipart/upload.ts';
import { ignoringErrors, reading, testGrowth } from '../support/growth.ts';

testGrowth([
  ...['1,', '{},', '"a",', '[', '" ', '\\"'].map((part) => ({
    where: `JSON with many '${part}'`,
    size: 128 * 1024,
    work: reading(
      (size) => `{"variables":{"a":["${part.repeat(size / part.length)}"]}}`,
      ignoringErrors((json) => parseJsonRequest(json)),
    ),
  })),
  {
    where: 'a body in chunks of one byte',
    size: 128 * 1024,
    work: (size) => () => {
      const body = new GrowingBuffer();
      const chunk = Buffer.from('x');
      for (let count = 0; count < size; count += 1) {
        body.append(chunk);
      }
    },
  },
  ...[
    { what: 'preamble', head: '', part: 'x\r\n--' },
    { what: 'run of spaces after a delimiter', head: '--b', part: ' ' },
    { what: 'part header', head: '--b\r\nA: ', part: 'x' },
    { what: 'field', head: '--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n', part: '\r\n--' },
  ].flatMap(({ what, head, part }) =>
    [1, 4_096].map((chunkBytes) => ({
      where: `multipart with a long ${what}, in chunks of ${chunkBytes} bytes`,
      size: 4_096,
      work: (size: number) => {
        const body = Buffer.from(head + part.repeat(size / part.length));
        return () => parseParts(body, chunkBytes);
      },
    })),
  ),
  {
    where: 'operations and map with a long path',
    size: 16 * 1024,
    work: (size) => {
      const depth = size / 8;
      const operations = `{"variables":${'{"a":'.repeat(depth)}null${'}'.repeat(depth)}}`;
      const map = JSON.stringify({ 0: [`variables${'.a'.repeat(depth)}`] });
      return ignoringErrors(() =>
        placeUploads(parseOperations(operations), parseMap(map, 1), () => new Upload(() => {})),
      );
    },
  },
  ...['\\"', '"', ':', ' '].map((part) => ({
    where: `map with many '${part}'`,
    size: 16 * 1024,
    work: reading(
      (size) => `{"${part.repeat(size / part.length)}":["a"]}`,
      ignoringErrors((json) => parseMap(json, 1)),
    ),
  })),
]);

function parseParts(body: Buffer, chunkBytes: number): void {
  const parser = new PartsParser(
    { boundary: 'b', maxParts: 11, maxFieldBytes: 64 * 1024 },
    {
      beginField: () => {},
      fieldGrew: () => {},
      field: () => {},
      file: () => undefined,
      end: () => {},
      fail: () => {},
    },
  );
  for (let at = 0; at < body.length; at += chunkBytes) {
    parser.write(body.subarray(at, at + chunkBytes));
  }
  parser.end();
}
