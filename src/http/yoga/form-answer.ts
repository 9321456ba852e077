import type { IncomingMessage } from 'node:http';
import type { GraphQLError } from 'graphql';
import { isSameOrigin } from '../../auth/cross-site.ts';
import { escapeMarkup } from '../../pictures/escape-markup.ts';
import { prefersHtml } from '../accept.ts';
import type { Answer } from '../connection/send-response.ts';

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
 * Returns the response to an HTML form that a browser without JavaScript expects: a redirect to the page of the form,
 * or an error page that has the status of the GraphQL response.
 * @param status of the GraphQL response.
 * @param basePath path of the public URL, without a trailing slash.
 */
export function formAnswer(
  request: IncomingMessage,
  status: number,
  errors: readonly GraphQLError[] | undefined,
  basePath: string,
): Answer {
  // If the page withholds its Referer, redirect to the start page.
  const page = pageOf(request) ?? `${basePath}/`;
  return errors === undefined
    ? { status: 303, headers: ['Location', page], body: '' }
    : {
        status,
        headers: ['Content-Type', 'text/html; charset=utf-8', 'Content-Security-Policy', PAGE_POLICY],
        body: errorPage(errors, page, basePath),
      };
}

/** Returns whether a browser shows the response as a page. Requests from other sites get GraphQL. */
export function isFormPost({ method, headers }: IncomingMessage): boolean {
  return method === 'POST' && prefersHtml(headers.accept ?? '*/*') && isSameOrigin(headers);
}

/**
 * Returns the page of the form if it has the request's origin. The browser sets both headers, so pages cannot forge
 * them.
 */
function pageOf({ headers: { referer, origin } }: IncomingMessage): string | undefined {
  const page = URL.parse(referer ?? '');
  return page !== null && page.origin === origin ? page.href : undefined;
}

function errorPage(errors: readonly GraphQLError[], page: string, basePath: string): string {
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
