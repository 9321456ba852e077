import { describe, expect, it } from 'vitest';
import { MalformedRequestError } from '../../src/multipart/errors.ts';
import { parseDisposition, parseParameters } from '../../src/multipart/parameters.ts';

const HEAD = 'form-data; name="0"; ';

function parametersOf(header: string): object {
  return Object.fromEntries(parseDisposition(header).parameters);
}

describe('A file name', () => {
  it.for([
    { header: 'filename="12" vinyl.jpg"', filename: '12" vinyl.jpg' },
    { header: 'filename="say "cheese".jpg"', filename: 'say "cheese".jpg' },
    { header: 'filename=""quoted""', filename: '"quoted"' },
    { header: 'filename="a;b="c".jpg"', filename: 'a;b="c".jpg' },
    { header: 'filename="a"; b"', filename: 'a"; b' },
    { header: String.raw`filename="me\"`, filename: 'me\\' },
    { header: String.raw`filename="C:\dir\\"`, filename: 'C:\\dir\\' },
    { header: String.raw`filename="C:\my "best"\"`, filename: 'C:\\my "best"\\' },
    { header: String.raw`filename="%22me%22\"`, filename: '%22me%22\\' },
    { header: 'FileName = "a"b" ; ', filename: 'a"b' },
  ])(
    'whose quotes and backslashes are not escaped extends to the last quote: $header',
    ({ header, filename }) => {
      expect(parametersOf(HEAD + header)).toEqual({ name: '0', filename });
    },
  );

  it.for([
    { header: 'filename=my photo.jpg', filename: 'my photo.jpg' },
    { header: 'filename= my photo.jpg ', filename: 'my photo.jpg' },
    { header: String.raw`filename=C:\my photos\me.jpg`, filename: String.raw`C:\my photos\me.jpg` },
  ])('without quotes may contain blanks: $header', ({ header, filename }) => {
    expect(parametersOf(HEAD + header)).toEqual({ name: '0', filename });
  });

  it.for([
    { header: 'filename="a"b.jpg"', filename: 'a"b.jpg' },
    { header: String.raw`filename="me\"`, filename: 'me\\' },
    { header: 'filename=my photo.jpg', filename: 'my photo.jpg' },
  ])('does not hide an extended name after it: $header', ({ header, filename }) => {
    const extended = "utf-8''x.jpg";
    expect(parametersOf(`${HEAD}${header}; filename*=${extended}`)).toEqual({
      name: '0',
      filename,
      'filename*': extended,
    });
  });

  it('with escapes is read as before', () => {
    const header = String.raw`form-data; name="0"; filename="a\"b\\c\d.txt"; x="; y=\"z\""`;
    expect(parametersOf(header)).toEqual({ name: '0', filename: String.raw`a"b\c\d.txt`, x: '; y="z"' });
  });

  it.for([
    'form-data; name="0"; filename="a"; name="1""',
    'form-data; name="0"; filename="a"b"; name="1"',
    'form-data; name="0"; filename="a"b"; name=1',
    'form-data; name="0"; filename="a" ; NAME = 1; x="b"c"',
    'form-data; filename="a"; name="1"; x="; name="0"',
    'form-data; filename="a"b"; name="0"',
    'form-data; name="0"; filename="a"b"; filename="c"',
    'form-data; name="0"; filename="a"b"; filename=c',
    `form-data; name="0"; filename="a"b"; filename*="utf-8''c"`,
    'form-data; name="0"; filename="a.jpg" b',
    'form-data; name="0"; filename=a b; c',
    'form-data; name="0"; filename=a "b"',
    'form-data; name="0"; filename="a.jpg',
    'form-data; name="0"; filename="a.jpg"; x="b',
  ])('that could contain another parameter, or has text after it, is malformed: %s', (header) => {
    expect(() => parseDisposition(header)).toThrow(MalformedRequestError);
  });
});

it.for([
  'form-data; name="my "best" part"; filename="a.jpg"',
  String.raw`form-data; name="a\"; filename="a.jpg"`,
  'form-data; name=a b; filename="a.jpg"',
  'form-data; name="0"; x="a"b"; filename="a"b"',
])('the name of a part and other parameters must be escaped: %s', (header) => {
  expect(() => parseDisposition(header)).toThrow(MalformedRequestError);
});

it('a media type must be escaped, even if it has a file name', () => {
  expect(() => parseParameters('multipart/form-data; boundary=b; filename="a"b"')).toThrow(
    MalformedRequestError,
  );
});
