import type { Plugin } from 'graphql-yoga';
import type { RequestContext } from './request-context.ts';

/** Rejects a request with `refusal` before Yoga reads its body. The error becomes a response like any other error. */
export function useRefusals(): Plugin<object, RequestContext> {
  return {
    onRequestParse({ serverContext }) {
      if (serverContext.refusal !== undefined) {
        throw serverContext.refusal;
      }
    },
  };
}
