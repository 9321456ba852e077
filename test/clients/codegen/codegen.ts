import type { CodegenConfig } from '@graphql-codegen/cli';

/** Makes the typed documents of the sample beside it, as a frontend would have them made. Paths are those of the project. */
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
