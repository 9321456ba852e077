import { signToken } from '../../src/auth/token.ts';
import { SECRET } from '../live/seed-users.ts';
import { type HostileRequest, httpRequest, inTinyChunks, MAX_BODY_BYTES, repeat } from './hostile-request.ts';

const BOUNDARY = 'hostile';
const HEADERS = { 'Content-Type': `multipart/form-data; boundary=${BOUNDARY}` };
const UPLOAD = 'mutation ($file: File!) { uploadProfilePicture(file: $file) { id } }';
const OPERATIONS = JSON.stringify({ query: UPLOAD, variables: { file: null } });

function part(name: string, content: string, headers = ''): string {
  return `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${headers}\r\n\r\n${content}\r\n`;
}

/** Bytes of a body that has 256 KiB in chunks of one byte. */
const ONE_BYTE_CHUNKS_BODY = Math.floor(MAX_BODY_BYTES / 6);
/** Bytes of the smallest chunks that the server accepts for a whole body. */
const ACCEPTED_CHUNK_BYTES = 41;
/** Bytes of a body that has 256 KiB in such chunks. */
const ACCEPTED_CHUNKS_BODY = Math.floor((MAX_BODY_BYTES / (ACCEPTED_CHUNK_BYTES + 6)) * ACCEPTED_CHUNK_BYTES);

/** Returns requests with multipart bodies of almost 256 KiB, and with bodies in small chunks. */
export async function multipartRequests(): Promise<HostileRequest[]> {
  const start = part('operations', OPERATIONS) + part('map', '{"0":["variables.file"]}');
  const end = `--${BOUNDARY}--\r\n`;
  const whole = (body: string) => body.padEnd(MAX_BODY_BYTES - end.length, 'x') + end;
  const bodies: readonly [name: string, body: string][] = [
    ['3,000 parts', repeat(3000, (i) => part(`${i}`, ''), '') + end],
    ['a part with 1,000 headers', `--${BOUNDARY}\r\n${repeat(1000, (i) => `A-${i}: b\r\n`, '')}\r\n${end}`],
    ['a header of 200,000 blanks', part('operations', OPERATIONS, `; a=${' '.repeat(200_000)}`) + end],
    [
      'a file name of 10,000 backslashes',
      start + part('0', 'x', `; filename="${'\\'.repeat(10_000)}"`) + end,
    ],
    [
      'a map of 2,500 paths',
      part('operations', OPERATIONS) + part('map', `{"0":[${repeat(2500, () => '"variables"', ',')}]}`) + end,
    ],
    [
      'a map with a path of 14,000 steps',
      part('operations', OPERATIONS) + part('map', `{"0":["variables${'.a'.repeat(14_000)}"]}`) + end,
    ],
    ['operations 15,000 deep', part('operations', `${'['.repeat(15_000)}${']'.repeat(15_000)}`) + end],
    ['a preamble of 256 KiB', whole('x')],
    ['a preamble of line breaks', whole('\r\n'.repeat(130_000))],
    [
      'a file of incomplete boundaries',
      whole(start + part('0', `\r\n--${BOUNDARY.slice(0, -1)}`.repeat(20_000), '; filename="a"')),
    ],
  ];
  const upload = Buffer.from(whole(start + part('0', '', '; filename="a.jpg"')));
  const breaks = Buffer.from(`${start}${part('0', '\r\n'.repeat(MAX_BODY_BYTES / 2), '; filename="a.jpg"')}`);
  const token = await signToken({ id: 'mallory', name: null }, SECRET, {});
  const signedIn = { ...HEADERS, Authorization: `Bearer ${token}` };
  return [
    ...bodies.map(([name, body]) => ({
      name: `multipart: ${name}`,
      bytes: httpRequest({ headers: HEADERS, body }),
    })),
    {
      name: 'tiny chunks: JSON',
      bytes: inTinyChunks({ 'Content-Type': 'application/json' }, Buffer.alloc(MAX_BODY_BYTES, ' ')),
    },
    { name: 'tiny chunks: multipart', bytes: inTinyChunks(HEADERS, upload) },
    {
      name: 'tiny chunks: multipart of a signed-in user, 256 KiB with the chunk headers',
      bytes: inTinyChunks(signedIn, upload.subarray(0, ONE_BYTE_CHUNKS_BODY)),
    },
    {
      name: 'smallest accepted chunks: multipart of a signed-in user, line breaks',
      bytes: inTinyChunks(signedIn, breaks.subarray(0, ACCEPTED_CHUNKS_BODY), ACCEPTED_CHUNK_BYTES),
    },
  ];
}
