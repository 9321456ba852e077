import SchemaBuilder from '@pothos/core';
import type { Upload } from '../multipart/upload.ts';
import type { Context } from './context.ts';

/** Builds the schema from plain references to our own types; see docs/decisions/plain-object-refs.md. */
export const builder = new SchemaBuilder<{
  Context: Context;
  DefaultFieldNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    File: { Input: Upload; Output: never };
    DateTime: { Input: Date; Output: Date };
    URL: { Input: never; Output: string };
  };
}>({
  defaultFieldNullability: false,
});

builder.queryType({ description: 'Reads users, their pictures, and the rules for uploads.' });
builder.mutationType({
  description:
    'Changes the pictures of users. Every mutation requires a valid token, and for other users than the viewer a scope.',
});
