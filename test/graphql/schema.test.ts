import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isEnumType,
  isListType,
  isObjectType,
} from 'graphql';
import { expect, it } from 'vitest';
import { limitsOf } from '../../src/graphql/field-limits.ts';
import { SCALAR_BYTES } from '../../src/graphql/measure-operation.ts';
import { schema } from '../../src/graphql/schema.ts';

const ROOT = join(import.meta.dirname, '../..');

it('schema.graphql matches the output of `npm run schema`', async () => {
  const printed = execFileSync(process.execPath, [join(ROOT, 'src/graphql/print-schema.ts')], {
    encoding: 'utf8',
  });
  expect(await readFile(join(ROOT, 'schema.graphql'), 'utf8')).toBe(printed);
});

it('Every list declares its maximum entries, and every text its maximum bytes', () => {
  const fields = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter(({ name }) => !name.startsWith('__'))
    .flatMap((type) => Object.values(type.getFields()).map((field) => ({ type, field })));
  const unbounded = fields.filter(({ field }) => {
    const named = getNamedType(field.type);
    const { bytes, entries } = limitsOf(field);
    const isBounded = isCompositeType(named) || isEnumType(named) || named.name in SCALAR_BYTES;
    const isList = isListType(getNullableType(field.type));
    return (isList && entries === undefined) || (!isBounded && bytes === undefined);
  });
  expect(fields.length).toBeGreaterThan(30);
  expect(unbounded.map(({ type, field }) => `${type.name}.${field.name}`)).toEqual([]);
});

it('Every object type except the root types has an id, which normalized caches need', () => {
  const roots = new Set([schema.getQueryType(), schema.getMutationType()]);
  const types = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter((type) => !type.name.startsWith('__') && !roots.has(type));
  const ids = types.map((type) => [type.name, String(type.getFields()['id']?.type)]);
  expect(ids.length).toBeGreaterThan(3);
  expect(ids).toEqual(types.map(({ name }) => [name, 'ID!']));
});
