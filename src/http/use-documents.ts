import {
  type DocumentNode,
  type ExecutionArgs,
  NoSchemaIntrospectionCustomRule,
  type ValidationRule,
  validate,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { createDocumentCache } from '../graphql/document-cache.ts';
import { MAX_ERRORS, refuseOperation } from '../graphql/operation-limits.ts';
import { parseDocument } from '../graphql/parse-document.ts';

export interface DocumentOptions {
  /** Rules of ours beside those of the specification. */
  readonly rules: readonly ValidationRule[];
  /** Clients may ask what the schema holds. Without it no error suggests a name either. */
  readonly introspection: boolean;
}

/** Bounds what one document may be and ask for, before anything of it runs. Valid documents are parsed and validated once. */
export function useDocuments({ rules, introspection }: DocumentOptions): Plugin {
  const cache = createDocumentCache();
  const texts = new WeakMap<DocumentNode, string>();
  const hideSuggestions = !introspection;
  const validateWithinLimits: typeof validate = (schema, document, allRules) =>
    validate(schema, document, allRules, { maxErrors: MAX_ERRORS, hideSuggestions });
  return {
    onParse({ params, setParseFn, setParsedDocument }) {
      const text = String(params.source);
      const known = cache.get(text);
      if (known !== undefined) {
        setParsedDocument(known);
        return;
      }
      setParseFn((source, options) => {
        const document = parseDocument(source, options);
        texts.set(document, text);
        return document;
      });
    },
    onValidate({ params: { documentAST }, addValidationRule, setResult, setValidationFn }) {
      if (cache.has(documentAST)) {
        setResult([]);
        return;
      }
      for (const rule of introspection ? rules : [...rules, NoSchemaIntrospectionCustomRule]) {
        addValidationRule(rule);
      }
      setValidationFn(validateWithinLimits);
      return ({ valid }) => {
        const text = texts.get(documentAST);
        if (valid && text !== undefined) {
          cache.add(text, documentAST);
        }
      };
    },
    onExecute({ args, setResultAndStopExecution }) {
      Object.assign(args, { hideSuggestions });
      const errors = refuseOperation(args as ExecutionArgs);
      if (errors !== undefined) {
        setResultAndStopExecution({ errors });
      }
    },
  };
}
