import { expect, test } from 'vitest';
import { decodeText } from '../../src/multipart/decode-text.ts';
import { MalformedRequestError } from '../../src/multipart/errors.ts';

const TEXT = 'Zoë, 日本';

test.for(['us-ascii', 'ISO-8859-1', 'windows-1252', 'iso-8859-15', 'shift_jis', 'utf8', 'UTF-8', ' utf-8 '])(
  'UTF-8 under the label %j is read as UTF-8',
  (label) => {
    expect(decodeText('operations', label, Buffer.from(TEXT))).toBe(TEXT);
    expect(decodeText('operations', label, Buffer.from(`\ufeff${TEXT}`))).toBe(TEXT);
  },
);

test.for([
  { label: 'us-ascii', bytes: Buffer.from('Zoë', 'latin1'), text: 'Zoë' },
  { label: 'iso-8859-1', bytes: Buffer.from('Zoë', 'latin1'), text: 'Zoë' },
  { label: 'windows-1252', bytes: Buffer.from([0x80, 0x31]), text: '€1' },
  { label: 'shift_jis', bytes: Buffer.from([0x93, 0xfa, 0x96, 0x7b]), text: '日本' },
  { label: 'gbk', bytes: Buffer.from([0xd6, 0xd0, 0xce, 0xc4]), text: '中文' },
  // These bytes are valid UTF-8 too.
  { label: 'utf-16le', bytes: Buffer.from('Hi', 'utf16le'), text: 'Hi' },
  { label: 'utf-16', bytes: Buffer.from('Hi', 'utf16le'), text: 'Hi' },
  { label: 'utf-16be', bytes: Buffer.from('Hi', 'utf16le').swap16(), text: 'Hi' },
  { label: 'iso-2022-jp', bytes: Buffer.from('\x1b$BF|K\\\x1b(B'), text: '日本' },
])('text in $label is read as labeled: $text', ({ label, bytes, text }) => {
  expect(decodeText('operations', label, bytes)).toBe(text);
});

test.for([
  { what: 'invalid UTF-8', label: 'utf-8', bytes: Buffer.from([0x7b, 0xff, 0x7d]) },
  { what: 'half a character of UTF-16', label: 'utf-16le', bytes: Buffer.from('{') },
  { what: 'an unknown label', label: 'klingon', bytes: Buffer.from('{}') },
  // Its bytes can be ASCII that stands for other characters, and TextDecoder does not know it.
  { what: 'UTF-7', label: 'utf-7', bytes: Buffer.from('+AHs-') },
  { what: 'an encoding that is disabled for safety', label: 'iso-2022-kr', bytes: Buffer.from('{}') },
])('$what is rejected by name', ({ label, bytes }) => {
  expect(() => decodeText('operations', label, bytes)).toThrow(MalformedRequestError);
  expect(() => decodeText('operations', label, bytes)).toThrow(
    `The field "operations" is not text in "${label}". Encode it as UTF-8.`,
  );
});
