import { expect, it } from 'vitest';
import { scopesOf } from '../../src/auth/scopes.ts';

const [MODERATE, WRITE] = ['portrait:moderate', 'portrait:write'];

it.for<[what: string, scope: unknown, scp: unknown, found: unknown]>([
  ['no claim', undefined, undefined, []],
  ['one name', MODERATE, undefined, [MODERATE]],
  ['several names', `openid ${WRITE} email ${MODERATE}`, undefined, [MODERATE, WRITE]],
  ['a repeated name', `${WRITE} ${WRITE}`, undefined, [WRITE]],
  ['more spaces than necessary', `  ${WRITE}  `, undefined, [WRITE]],
  ['a text in `scp`', undefined, `openid ${WRITE}`, [WRITE]],
  ['a list in `scp`', undefined, ['openid', MODERATE, WRITE], [MODERATE, WRITE]],
  ['both claims', MODERATE, [WRITE], [MODERATE, WRITE]],
  ['a malformed claim beside a valid one', 7, [WRITE], [WRITE]],
  ['a list in `scope`', [WRITE], undefined, []],
  ['a list with values that are no text', undefined, [7, null, {}, [WRITE], true], []],
  ['a list with several names in one entry', undefined, [`${MODERATE} ${WRITE}`], []],
  ['an object', { [WRITE as string]: true }, { 0: WRITE, length: 1 }, []],
  ['a number', 1, 1, []],
  ['null', null, null, []],
  ['another case', 'Portrait:Write PORTRAIT:MODERATE', undefined, []],
  ['a longer name', `${WRITE}s x${WRITE}`, undefined, []],
  ['a prefix', 'portrait portrait: portrait:* *', undefined, []],
  ['another separator', `${MODERATE},${WRITE}\t${WRITE}\n`, undefined, []],
])('The claims of a token with %s name exactly these scopes', ([_what, scope, scp, found]) => {
  expect(scopesOf(scope, scp)).toEqual(found);
});
