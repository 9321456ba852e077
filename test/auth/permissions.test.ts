import { expect, it } from 'vitest';
import { ForbiddenError } from '../../src/auth/errors.ts';
import { type Action, checkPermission, isAllowed } from '../../src/auth/permissions.ts';
import type { Scope } from '../../src/auth/scopes.ts';

const viewerOf = (scopes: readonly Scope[]) => ({ id: 'ann', name: null, scopes });
const USER = viewerOf([]);
const MODERATOR = viewerOf(['portrait:moderate']);
const WRITER = viewerOf(['portrait:write']);

// Columns: the user for themselves, and for another user; a moderator for another user; a writer for another user.
it.for<[action: Action, own: boolean, other: boolean, moderator: boolean, writer: boolean]>([
  ['upload', true, false, false, true],
  ['describe', true, false, false, true],
  ['remove', true, false, true, true],
  ['restore', true, false, true, true],
  ['inspect', true, false, true, true],
  ['block', false, false, true, true],
  ['deleteUser', true, false, false, true],
])('The action %s needs the right user or scope', ([action, own, other, moderator, writer]) => {
  expect(isAllowed(USER, action, 'ann')).toBe(own);
  expect(isAllowed(USER, action, 'bob')).toBe(other);
  expect(isAllowed(MODERATOR, action, 'bob')).toBe(moderator);
  expect(isAllowed(WRITER, action, 'bob')).toBe(writer);
  expect(isAllowed(null, action, 'ann')).toBe(false);
  expect(() => checkPermission(USER, action, 'bob')).toThrow(ForbiddenError);
});
