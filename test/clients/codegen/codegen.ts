import type { CodegenConfig } from '@graphql-codegen/cli';

/** Generates the sample's typed documents the way a frontend does. Paths are relative to the root of the project. */
const config: CodegenConfig = {
  schema: 'schema.graphql',
  documents: 'test/clients/codegen/sample.ts',
  emitLegacyCommonJSImports: false,
  importExtension: '.ts',
  generates: {
    'test/clients/codegen/generated/': {
      preset: 'client',
      config: { useTypeImports: true, scalars: { File: 'File', DateTime: 'string', URL: 'string' } },
    },
  },
};

export default config;
