import type { IncomingMessage } from 'node:http';
import type { ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { isSameOrigin } from '../../auth/cross-site.ts';
import { escapeMarkup } from '../../pictures/escape-markup.ts';
import { prefersHtml } from '../accept.ts';
import type { RequestContext } from './request-context.ts';

/** Policy of the error page, which loads only its style and its icon. */
const PAGE_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Responds to an HTML form as a browser without JavaScript expects: with a redirect to the page of the form, or with an
 * error page that has the status of the GraphQL response. All other clients get GraphQL.
 * @param basePath returns the path of the public URL, without a trailing slash.
 */
export function useFormResponses(basePath: () => string): Plugin<object, RequestContext> {
  return {
    async onResponse({ response, serverContext: { req }, setResponse, fetchAPI }) {
      if (!isFormPost(req)) {
        return;
      }
      // If the page withholds its Referer, redirect to the start page.
      const page = pageOf(req) ?? `${basePath()}/`;
      const { errors } = (await response.json()) as ExecutionResult;
      const headers = new Headers(response.headers);
      headers.delete('Content-Type');
      if (errors === undefined) {
        headers.set('Location', page);
        setResponse(new fetchAPI.Response(null, { status: 303, headers }));
        return;
      }
      headers.set('Content-Type', 'text/html; charset=utf-8');
      headers.set('Content-Security-Policy', PAGE_POLICY);
      setResponse(
        new fetchAPI.Response(errorPage(errors, page, basePath()), { status: response.status, headers }),
      );
    },
  };
}

/** Returns whether a browser shows the response as a page. Requests from other sites get GraphQL. */
function isFormPost({ method, headers }: IncomingMessage): boolean {
  return method === 'POST' && isSameOrigin(headers) && prefersHtml(headers.accept ?? '*/*');
}

/**
 * Returns the page of the form if it has the request's origin. The browser sets both headers, so pages cannot forge
 * them.
 */
function pageOf({ headers: { referer, origin } }: IncomingMessage): string | undefined {
  const page = URL.parse(referer ?? '');
  return page !== null && page.origin === origin ? page.href : undefined;
}

function errorPage(errors: NonNullable<ExecutionResult['errors']>, page: string, basePath: string): string {
  const sentences = errors.map(
    ({ message, extensions }) =>
      `<p>${escapeMarkup(message)} <small>(${escapeMarkup(String(extensions['code']))})</small></p>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>That did not work</title>
<link rel="icon" type="image/svg+xml" href="${escapeMarkup(basePath)}/static/images/favicon.svg">
<link rel="stylesheet" href="${escapeMarkup(basePath)}/static/style.css">
</head>
<body>
<main class="card refusal">
<h1>That did not work</h1>
${sentences.join('\n')}
<p><a href="${escapeMarkup(page)}">Back</a></p>
</main>
</body>
</html>
`;
}
