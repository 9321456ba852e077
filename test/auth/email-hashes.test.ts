import { expect, it } from 'vitest';
import { emailHashesOf } from '../../src/auth/email-hashes.ts';

/** Hashes of `myemailaddress@example.com`, an example of Gravatar's documentation. */
const HASHES = {
  md5: '0bc83cb571cd1c50ba6f3e8a78ef1346',
  sha256: '84059b07d4be67b806386c0aad8070a23f18836bbaae342275dc0a83414c32ee',
};

it.for([
  ['myemailaddress@example.com', undefined],
  ['MyEmailAddress@example.com ', true],
  ['\tMYEMAILADDRESS@EXAMPLE.COM\n', 'true'],
] as const)('The hashes of %j are those of the trimmed address in lower case', ([email, isVerified]) => {
  expect(emailHashesOf(email, isVerified)).toEqual(HASHES);
});

it.for([
  [undefined, true],
  [null, true],
  [42, true],
  [['a@example.com'], true],
  ['', true],
  ['  ', true],
  [`${'x'.repeat(243)}@example.com`, true],
  ['a@example.com', false],
  ['a@example.com', 'false'],
] as const)('A token has no usable address if its claims are %j and %j', ([email, isVerified]) => {
  expect(emailHashesOf(email, isVerified)).toBeUndefined();
});
