import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { acceptedEncodings } from '../accept.ts';
import { sendRejection } from '../files/file-refusals.ts';
import { evaluatePreconditions } from '../files/preconditions.ts';
import { encodeText } from './encoded-text.ts';
import { basePathOf, pictureOrigins, type SiteUrls } from './site-urls.ts';

/** Facts about the server that a template can contain. */
export interface TemplateSite extends SiteUrls {
  /** True if mutations require a token. */
  readonly needsToken: boolean;
}

const PAGES = new URL('../../../build/', import.meta.url);

/**
 * Creates the route of a page that contains facts about the server. The first request fills in the template, because the
 * server can learn its URLs late. All clients get the same page.
 * @param file name of the page's template in `build/`, which `npm run build` writes.
 * @param policy returns the Content-Security-Policy of the page for the origins of pictures.
 */
export function createTemplatePage(
  file: string,
  site: TemplateSite,
  policy: (pictureOrigins: string) => string,
) {
  let page: { readonly texts: Awaited<ReturnType<typeof encodeText>>; readonly modifiedAt: Date } | undefined;
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    page ??= { texts: await encodeText(fillIn(await readTemplate(file), site)), modifiedAt: new Date() };
    // If the client accepts no encoding, ignores that: RFC 9110, section 12.4.1. The page is for people.
    const [encoding = 'identity'] = acceptedEncodings(request.headers['accept-encoding']);
    const { body, etag } = page.texts[encoding];
    const { status } = evaluatePreconditions(
      { method: request.method, headers: { ...request.headers, range: undefined } },
      { etag, modifiedAt: page.modifiedAt, size: body.length },
    );
    if (status === 412) {
      sendRejection(response, status);
      return;
    }
    response.writeHead(status, {
      ...(status !== 304 && {
        'Content-Type': 'text/html; charset=utf-8',
        'Content-Length': body.length,
        ...(encoding !== 'identity' && { 'Content-Encoding': encoding }),
      }),
      ETag: etag,
      'Cache-Control': 'no-cache',
      Vary: 'Accept, Accept-Encoding',
      'Content-Security-Policy': policy(pictureOrigins(site)),
    });
    response.end(status === 304 || request.method === 'HEAD' ? undefined : body);
  };
}

async function readTemplate(file: string): Promise<string> {
  try {
    return await readFile(new URL(file, PAGES), 'utf8');
  } catch (cause) {
    throw new Error('The page cannot be loaded. Run `npm run build` to create it.', { cause });
  }
}

function fillIn(template: string, { publicUrl, picturesUrl, needsToken }: TemplateSite): string {
  return template
    .replaceAll('{publicUrl}', escapeUrl(publicUrl()))
    .replaceAll('{picturesUrl}', escapeUrl(picturesUrl()))
    .replaceAll('{basePath}', escapeUrl(basePathOf(publicUrl())))
    .replaceAll('{needsToken}', String(needsToken));
}

/** Escapes a URL for text and double-quoted attributes. In a parsed URL, only the ampersand needs escaping. */
function escapeUrl(url: string): string {
  return url.replaceAll('&', '&amp;');
}
