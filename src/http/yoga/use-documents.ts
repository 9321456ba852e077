import {
  type DocumentNode,
  type ExecutionArgs,
  NoSchemaIntrospectionCustomRule,
  type ValidationRule,
  type validate,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { createDocumentCache } from '../../graphql/document-cache.ts';
import { explainUploadType } from '../../graphql/explain-upload-type.ts';
import { checkOperation } from '../../graphql/operation-limits.ts';
import { parseDocument } from '../../graphql/parse-document.ts';
import { validateDocument } from '../../graphql/validate-document.ts';

export interface DocumentOptions {
  /** Validation rules in addition to those of the specification. */
  readonly rules: readonly ValidationRule[];
  /** True if clients may query the schema itself. If false, errors do not suggest names either. */
  readonly introspection: boolean;
}

/**
 * Bounds the size and the cost of a document before it runs. Caches valid documents, so they are parsed and validated
 * once.
 */
export function useDocuments({ rules, introspection }: DocumentOptions): Plugin {
  const cache = createDocumentCache();
  const texts = new WeakMap<DocumentNode, string>();
  const hideSuggestions = !introspection;
  const validateWithinLimits: typeof validate = (schema, document, allRules) =>
    validateDocument(schema, document, allRules, { hideSuggestions }).map(explainUploadType);
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
      const errors = checkOperation(args as ExecutionArgs);
      if (errors !== undefined) {
        setResultAndStopExecution({ errors });
      }
    },
  };
}
