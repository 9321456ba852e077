import { type HostileRequest, jsonRequest, repeat } from './hostile-request.ts';

const BY_ID = '{"query":"query ($i: ID!) { user(id: $i) { id avatarUrl } }","variables":{"i":';
const BY_IDS = '{"query":"query ($i: [ID!]!) { users(ids: $i) { id } }","variables":{"i":';
/** Bytes of a value. The rest of 256 KiB is enough for the rest of the body. */
const BYTES = 260_000;

const list = (item: string) =>
  `[${Array(Math.floor(BYTES / (item.length + 1)))
    .fill(item)
    .join(',')}]`;
const nested = (open: string, close: string) => {
  const depth = Math.floor(BYTES / (open.length + close.length + 1));
  return `${open.repeat(depth)}0${close.repeat(depth)}`;
};

/** Returns requests with JSON bodies of almost 256 KiB in many shapes. */
export function variableRequests(): HostileRequest[] {
  const values: readonly [name: string, start: string, value: string][] = [
    ['60,000 invalid ids', BY_IDS, list('{}')],
    ['100,000 ids', BY_IDS, list('0')],
    ['ids that are nested lists', BY_IDS, list('[[]]')],
    ['one id of 260,000 characters', BY_ID, `"${'a'.repeat(BYTES)}"`],
    ['one id of 43,000 escapes', BY_ID, `"${'\\u4e2d'.repeat(BYTES / 6)}"`],
    ['a number of 260,000 digits', BY_ID, '9'.repeat(BYTES)],
    ['an object of 22,000 members', BY_ID, `{${repeat(22_000, (i) => `"k${i}":0`, ',')}}`],
    ['22,000 members of the same name', BY_ID, `{${repeat(22_000, () => '"key":null', ',')}}`],
    ['lists 130,000 deep', BY_IDS, nested('[', ']')],
    ['objects 37,000 deep', BY_ID, nested('{"a":', '}')],
    ['22,000 variables that the document lacks', BY_ID, `"a",${repeat(22_000, (i) => `"k${i}":0`, ',')}`],
  ];
  return [
    ...values.map(([name, start, value]) => ({
      name: `variables: ${name}`,
      bytes: jsonRequest(`${start}${value}}}`),
    })),
    { name: 'a list of 65,000 requests', bytes: jsonRequest(list('{}')) },
    { name: 'incomplete JSON', bytes: jsonRequest(`${BY_IDS}${list('{}').slice(0, -1)}`) },
    { name: 'JSON of 260,000 blanks', bytes: jsonRequest(' '.repeat(BYTES)) },
    {
      name: 'form fields of 260,000 escapes',
      bytes: jsonRequest(`query=${'%7B'.repeat(BYTES / 3)}`, {
        'Content-Type': 'application/x-www-form-urlencoded',
      }),
    },
  ];
}

/** Returns the request that the yardstick parses: an ordinary JSON body of 256 KiB. */
export function yardstickRequest(): Buffer {
  return jsonRequest(`${BY_IDS}${list('"user-1234567"')}}}`);
}
