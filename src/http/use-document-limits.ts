import type { ExecutionArgs } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { parseWithinLimits, refuseCostly } from '../graphql/document-limits.ts';

/** Bounds what one document may be and ask for, before anything of it runs. */
export function useDocumentLimits(): Plugin {
  return {
    onParse({ setParseFn }) {
      setParseFn(parseWithinLimits);
    },
    onExecute({ args, setResultAndStopExecution }) {
      const error = refuseCostly(args as ExecutionArgs);
      if (error !== undefined) {
        setResultAndStopExecution({ errors: [error] });
      }
    },
  };
}
