import { NoSchemaIntrospectionCustomRule, validate } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Keeps the schema to those who have it: no introspection, and no "Did you mean" in an error. */
export function useHiddenSchema(): Plugin {
  return {
    onValidate({ addValidationRule, setValidationFn }) {
      addValidationRule(NoSchemaIntrospectionCustomRule);
      const withoutSuggestions: typeof validate = (schema, document, rules, options) =>
        validate(schema, document, rules, { ...options, hideSuggestions: true });
      setValidationFn(withoutSuggestions);
    },
    onExecute({ args }) {
      Object.assign(args, { hideSuggestions: true });
    },
  };
}
