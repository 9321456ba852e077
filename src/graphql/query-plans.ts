import {
  type ExecutionResult,
  executeRootSelectionSet,
  type OperationDefinitionNode,
  type ValidatedExecutionArgs,
} from 'graphql';
import { fragmentsOf } from './merge-fields.ts';
import { UnplannedError } from './planned-values.ts';
import { planQuery, type QueryPlan } from './query-plan.ts';

/** Maximum bytes of memory of a plan. Measured: 23.4 KiB for 61 fields, half of them inside the others. */
export const PLAN_BYTES = 24 * 1024;

/** Plan of an operation. Null until its second execution, and undefined if there is none. */
interface Planned {
  readonly operation: OperationDefinitionNode;
  plan: QueryPlan | null | undefined;
}

/**
 * Executes queries, and keeps one plan for each document: that of its latest operation. Plans a query when it runs for
 * the second time, so documents that are sent once cost no plan. A plan lives as long as its document.
 */
export class QueryPlans {
  readonly #latest = new WeakMap<object, Planned>();

  /** Executes a query within the limits. graphql-js executes all that a plan does not: see query-plan.ts. */
  execute(args: ValidatedExecutionArgs): ExecutionResult | Promise<ExecutionResult> {
    const plan = this.#planOf(args);
    if (plan === undefined) {
      return executeRootSelectionSet(args);
    }
    try {
      const data = plan(args);
      return data instanceof Promise
        ? data.then(
            (resolved) => ({ data: resolved }),
            () => executeRootSelectionSet(args),
          )
        : { data };
    } catch {
      return executeRootSelectionSet(args);
    }
  }

  #planOf({ schema, document, operation }: ValidatedExecutionArgs): QueryPlan | undefined {
    const latest = this.#latest.get(document);
    if (latest?.operation !== operation) {
      this.#latest.set(document, { operation, plan: null });
      return undefined;
    }
    if (latest.plan === null) {
      latest.plan = tryPlan(() => planQuery({ schema, operation, fragments: fragmentsOf(document) }));
    }
    return latest.plan;
  }
}

function tryPlan(plan: () => QueryPlan): QueryPlan | undefined {
  try {
    return plan();
  } catch (error) {
    if (error instanceof UnplannedError) {
      return undefined;
    }
    throw error;
  }
}
