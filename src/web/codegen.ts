import type { CodegenConfig } from '@graphql-codegen/cli';

/** Generates the typed documents of the pages. Paths are relative to the project root. */
const config: CodegenConfig = {
  schema: 'schema.graphql',
  documents: 'src/web/{client,developers}/operations.graphql',
  emitLegacyCommonJSImports: false,
  importExtension: '.ts',
  generates: {
    'src/web/client/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        documentMode: 'string',
        useTypeImports: true,
        scalars: { File: 'File', DateTime: 'string', URL: 'string' },
      },
    },
  },
};

export default config;
