import { describe, expect, it } from 'vitest';
import { findOperation, withFiles } from '../../src/web/graphiql/operation.ts';

const TWO = 'query First($a: File) { a } mutation Second($b: [File!]!, $c: Int) { b }';

describe('The operation to run', () => {
  it('is the operation with the given name', () => {
    expect(findOperation(TWO, 'Second')).toEqual({
      name: 'Second',
      fileVariables: [{ name: 'b', type: '[File!]!', list: true, required: true }],
    });
  });

  it.for([undefined, null, 'Third'])('is the first operation if the name is %s', (name) => {
    expect(findOperation(TWO, name)).toEqual({
      name: 'First',
      fileVariables: [{ name: 'a', type: 'File', list: false, required: false }],
    });
  });

  it('needs no file for a variable with a default', () => {
    expect(findOperation('query ($a: [File]! = []) { a }')).toEqual({
      name: undefined,
      fileVariables: [{ name: 'a', type: '[File]!', list: true, required: false }],
    });
  });

  it.for(['', 'query (', '# nothing', 'fragment F on User { id }'])('is not found in "%s"', (query) => {
    expect(findOperation(query)).toBeUndefined();
  });
});

describe('The variables to send', () => {
  const one = { name: 'one', type: 'File', list: false, required: false };
  const many = { name: 'many', type: '[File!]', list: true, required: false };
  const [a, b, c] = [new File(['a'], 'a.png'), new File(['b'], 'b.png'), new File(['c'], 'c.png')];

  it('contain the chosen files in place of the typed values', () => {
    const chosen = new Map([
      ['one', [a]],
      ['many', [b, c]],
      ['elsewhere', [a]],
    ]);
    expect(withFiles({ size: 3, one: 'typed' }, [one, many], chosen)).toEqual({
      size: 3,
      one: a,
      many: [b, c],
    });
  });

  it('stay the same if the chosen files belong to another operation', () => {
    expect(withFiles(undefined, [one], new Map([['elsewhere', [a]]]))).toBeUndefined();
  });
});
