import type { IncomingMessage } from 'node:http';
import type { ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { isSameOrigin } from '../../auth/cross-site.ts';
import { escapeMarkup } from '../../pictures/escape-markup.ts';
import { prefersHtml } from '../accept.ts';
import type { RequestContext } from './request-context.ts';

/** The page of a refusal loads its style and does nothing. */
const PAGE_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Answers the HTML form of a page without JavaScript as a browser expects it: success leads back to the page,
 * a refusal is a page that says why, with the status of the GraphQL answer. All other clients get GraphQL.
 * @param basePath the path of the public URL, without a slash at its end.
 */
export function useFormAnswers(basePath: () => string): Plugin<object, RequestContext> {
  return {
    async onResponse({ response, serverContext: { req }, setResponse, fetchAPI }) {
      if (!isFormPost(req)) {
        return;
      }
      // Without a Referer, as pages may wish it, a form leads to the front page.
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
        new fetchAPI.Response(refusalPage(errors, page, basePath()), { status: response.status, headers }),
      );
    },
  };
}

/** A browser will show the answer in place of a page of this origin. What another site sends stays GraphQL. */
function isFormPost({ method, headers }: IncomingMessage): boolean {
  return method === 'POST' && isSameOrigin(headers) && prefersHtml(headers.accept ?? '*/*');
}

/** The page that the form stands on. Only one of the origin that sent it: both headers are the browser's own. */
function pageOf({ headers: { referer, origin } }: IncomingMessage): string | undefined {
  const page = URL.parse(referer ?? '');
  return page !== null && page.origin === origin ? page.href : undefined;
}

function refusalPage(errors: NonNullable<ExecutionResult['errors']>, page: string, basePath: string): string {
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
