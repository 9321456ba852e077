import { expect, test } from 'vitest';
import { decodeEncodedWords } from '../../src/multipart/encoded-words.ts';

test.for([
  { word: '=?UTF-8?Q?fl=C3=BCgel.png?=', text: 'flügel.png' },
  { word: '=?utf-8?B?ZmzDvGdlbC5wbmc=?=', text: 'flügel.png' },
  { word: '=?utf-8?b?ZmzDvGdlbC5wbmc?=', text: 'flügel.png' },
  { word: '=?iso-8859-1?q?fl=FCgel_1.png?=', text: 'flügel 1.png' },
  { word: '=?windows-1252?Q?fl=fcgel?=', text: 'flügel' },
  { word: '=?ISO-2022-JP?B?GyRCPEw/PxsoQg==?=.jpg', text: '写真.jpg' },
  { word: '=?gb2312?B?1dXGrA==?=.jpg', text: '照片.jpg' },
  { word: '=?koi8-r?B?xs/Uzw==?=', text: 'фото' },
  { word: '=?utf-8*de?Q?fl=C3=BCgel?=', text: 'flügel' },
  { word: '=?utf-8?Q??=', text: '' },
  { word: 'my =?utf-8?Q?fl=C3=BCgel?= (1).png', text: 'my flügel (1).png' },
])('$word is decoded as $text', ({ word, text }) => {
  expect(decodeEncodedWords(word)).toBe(text);
});

test.for([
  { what: 'without a blank', words: '=?utf-8?Q?a?==?utf-8?B?Yg==?=', text: 'ab' },
  { what: 'with blanks, which do not count', words: '=?utf-8?Q?a?= \t =?utf-8?Q?b?= c', text: 'ab c' },
  { what: 'in two charsets', words: '=?utf-8?Q?=C3=BC?= =?iso-8859-1?Q?=FC?=', text: 'üü' },
  { what: 'that share a character', words: '=?utf-8?Q?=C3?= =?UTF-8?Q?=BC?=', text: 'ü' },
])('adjacent words are joined: $what', ({ words, text }) => {
  expect(decodeEncodedWords(words)).toBe(text);
});

test.for([
  { what: 'an unknown charset', words: '=?klingon?Q?a?=' },
  { what: 'a charset that is no charset', words: '=?a b?Q?a?=' },
  { what: 'an unknown encoding', words: '=?utf-8?X?a?=' },
  { what: 'bytes that the charset does not allow', words: '=?utf-8?Q?=FF?=' },
  { what: 'a character that base64 does not have', words: '=?utf-8?B?Y!==?=' },
  { what: 'half an escape', words: '=?utf-8?Q?a=C?=' },
  { what: 'text that is not ASCII', words: '=?utf-8?Q?ü?=' },
  { what: 'no end', words: '=?utf-8?Q?a' },
  { what: 'one malformed word beside another word', words: '=?utf-8?Q?a?= =?utf-8?Q?=FF?=' },
  { what: 'no encoded word', words: 'why=?yes?.jpg' },
  { what: 'more words than the limit', words: '=?utf-8?Q?a?='.repeat(129) },
])('a text with $what stays as it is', ({ words }) => {
  expect(decodeEncodedWords(words)).toBe(words);
});

test('decoded text is not decoded again', () => {
  const word = '=?utf-8?Q?a?=';
  expect(decodeEncodedWords(`=?utf-8?B?${Buffer.from(word).toString('base64')}?=`)).toBe(word);
});
