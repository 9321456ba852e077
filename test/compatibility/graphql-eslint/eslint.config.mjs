import { readdirSync } from 'node:fs';
import graphql from '@graphql-eslint/eslint-plugin';

// Each document is a project of its own, because the documents share names.
const projects = Object.fromEntries(
  readdirSync('documents').map((name) => [
    name,
    { schema: 'schema.graphql', documents: `documents/${name}` },
  ]),
);

// The recommended rules, unchanged.
export default [
  configuration('schema.graphql', 'flat/schema-recommended'),
  configuration('documents/*.graphql', 'flat/operations-recommended'),
];

function configuration(files, rules) {
  return {
    files: [files],
    plugins: { '@graphql-eslint': graphql },
    languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { projects } } },
    rules: graphql.configs[rules].rules,
  };
}
