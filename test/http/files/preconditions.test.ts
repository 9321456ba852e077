import { expect, it } from 'vitest';
import { evaluatePreconditions } from '../../../src/http/files/preconditions.ts';

it('A weak entity tag in If-Range never matches, even if the file has the same tag', () => {
  const file = { etag: 'W/"tag"', modifiedAt: new Date(0), size: 100 };
  const headers = { range: 'bytes=0-9', 'if-range': file.etag };
  expect(evaluatePreconditions({ method: 'GET', headers }, file)).toEqual({ status: 200 });
});
