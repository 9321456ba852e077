import type { IncomingMessage } from 'node:http';
import { prefersHtml } from './accept.ts';

/** Returns whether a request is for GraphQL. A browser that opens the endpoint gets the GraphiQL page instead. */
export function isForGraphQL({ method, headers }: IncomingMessage, path: string): boolean {
  if (path !== '/graphql' && path !== '/graphql/') {
    return false;
  }
  return (method !== 'GET' && method !== 'HEAD') || !prefersHtml(headers.accept ?? '*/*');
}

/** Returns a URL without the public URL's path. */
export function stripBasePath(url: string, basePath: string): string {
  if (basePath === '' || !url.startsWith(basePath)) {
    return url;
  }
  const rest = url.slice(basePath.length);
  return rest === '' || rest.startsWith('?') ? `/${rest}` : rest.startsWith('/') ? rest : url;
}
