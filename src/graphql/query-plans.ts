import {
  type ExecutionResult,
  executeRootSelectionSet,
  type OperationDefinitionNode,
  type ValidatedExecutionArgs,
} from 'graphql';
import { fragmentsOf } from './merge-fields.ts';
import { UnplannedError } from './planned-values.ts';
import { planQuery, type QueryPlan } from './query-plan.ts';

/**
 * Maximum bytes of memory of a plan, except for the entries of its arguments, whose tokens count more than they need.
 * Measured: 32.6 KiB for 63 fields, a third of them lists with two fields.
 */
export const PLAN_BYTES = 36 * 1024;

/** Executions of a document that graphql-js takes over after a plan has stopped, because the next ones often stop too. */
export const PAUSE_EXECUTIONS = 15;

/** Plan of an operation. Null until its second execution, and undefined if there is none. */
interface Planned {
  readonly operation: OperationDefinitionNode;
  plan: QueryPlan | null | undefined;
  /** Executions left to graphql-js. */
  pause: number;
}

/**
 * Executes queries, and keeps one plan for each document: that of its latest operation. Plans a query when it runs for
 * the second time, so documents that are sent once cost no plan. A plan lives as long as its document.
 */
export class QueryPlans {
  readonly #latest = new WeakMap<object, Planned>();

  /** Executes a query within the limits. graphql-js executes all that a plan does not: see query-plan.ts. */
  execute(args: ValidatedExecutionArgs): ExecutionResult | Promise<ExecutionResult> {
    const planned = this.#plannedOf(args);
    if (planned.plan == null) {
      return executeRootSelectionSet(args);
    }
    if (planned.pause > 0) {
      planned.pause -= 1;
      return executeRootSelectionSet(args);
    }
    const executeAgain = () => {
      planned.pause = PAUSE_EXECUTIONS;
      return executeRootSelectionSet(args);
    };
    try {
      const data = planned.plan(args);
      return data instanceof Promise ? data.then((resolved) => ({ data: resolved }), executeAgain) : { data };
    } catch {
      return executeAgain();
    }
  }

  #plannedOf({ schema, document, operation }: ValidatedExecutionArgs): Planned {
    const latest = this.#latest.get(document);
    if (latest?.operation !== operation) {
      const first: Planned = { operation, plan: null, pause: 0 };
      this.#latest.set(document, first);
      return first;
    }
    if (latest.plan === null) {
      latest.plan = tryPlan(() => planQuery({ schema, operation, fragments: fragmentsOf(document) }));
    }
    return latest;
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
