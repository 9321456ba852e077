import {
  type DocumentNode,
  type ExecutionArgs,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  type ValidationRule,
  type validate,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { createDocumentCache } from '../../graphql/document-cache.ts';
import { explainUploadType } from '../../graphql/explain-upload-type.ts';
import { prepareOperation } from '../../graphql/operation-limits.ts';
import { OperationMeasures } from '../../graphql/operation-measures.ts';
import { parseDocument } from '../../graphql/parse-document.ts';
import { QueryPlans } from '../../graphql/query-plans.ts';
import { validateDocument } from '../../graphql/validate-document.ts';
import type { RequestContext } from './request-context.ts';

export interface DocumentOptions {
  readonly schema: GraphQLSchema;
  /** Validation rules in addition to those of the specification. */
  readonly rules: readonly ValidationRule[];
  /** True if clients may query the schema itself. If false, errors do not suggest names either. */
  readonly introspection: boolean;
}

/**
 * Bounds the size and the cost of a document before it runs. Caches valid documents, so they are parsed and validated
 * once. Plans repeated queries. Yoga's own executor runs mutations.
 */
export function useDocuments({ schema, rules, introspection }: DocumentOptions): Plugin<RequestContext> {
  const cache = createDocumentCache();
  const measures = new OperationMeasures(schema);
  const plans = new QueryPlans();
  const texts = new WeakMap<DocumentNode, string>();
  const hideSuggestions = !introspection;
  const validateWithinLimits: typeof validate = (schema, document, allRules) =>
    validateDocument(schema, document, allRules, { hideSuggestions }).map(explainUploadType);
  return {
    onParse({ context, params, setParseFn, setParsedDocument }) {
      context.reachDocument();
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
    onExecute({ args, setExecuteFn, setResultAndStopExecution }) {
      const prepared = prepareOperation({ ...(args as ExecutionArgs), hideSuggestions }, measures);
      if (prepared.errors !== undefined) {
        setResultAndStopExecution({ errors: prepared.errors });
        return;
      }
      if (prepared.args.operation.operation === 'query') {
        setExecuteFn(() => plans.execute(prepared.args));
      }
    },
  };
}
