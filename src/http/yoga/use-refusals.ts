import type { Plugin } from 'graphql-yoga';
import type { RequestContext } from './request-context.ts';

/** Answers a request that was refused by its headers the same way as every other, without reading its body. */
export function useRefusals(): Plugin<object, RequestContext> {
  return {
    onRequestParse({ serverContext }) {
      if (serverContext.refusal !== undefined) {
        throw serverContext.refusal;
      }
    },
  };
}
