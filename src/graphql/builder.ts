import SchemaBuilder from '@pothos/core';
import type { Upload } from '../multipart/upload.ts';
import type { Context } from './context.ts';

/** The schema is made of plain references to our own types: see docs/decisions/plain-object-refs.md. */
export const builder = new SchemaBuilder<{
  Context: Context;
  DefaultFieldNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    File: { Input: Upload; Output: never };
    DateTime: { Input: never; Output: Date };
    URL: { Input: never; Output: string };
  };
}>({
  defaultFieldNullability: false,
});

builder.queryType({});
builder.mutationType({});
