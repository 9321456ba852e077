import type { ValidationRule } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Checks documents by rules of ours beside those of the specification. */
export function useValidationRules(...rules: readonly ValidationRule[]): Plugin {
  return {
    onValidate({ addValidationRule }) {
      for (const rule of rules) {
        addValidationRule(rule);
      }
    },
  };
}
