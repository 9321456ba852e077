import { renderToString } from 'preact-render-to-string';
import { PageDocument, type PageQuery } from '../client/generated/graphql.ts';
import { createLanguage, type LanguageOptions } from '../messages/language.ts';
import type { Say } from '../messages/say.ts';
import { LanguageContext } from '../messages/use-language.ts';
import { Document } from './document.tsx';
import { Page } from './page.tsx';
import type { Site } from './site.ts';

// Vite builds this into one file, which http/pages/rendered-page.ts loads.

/** Names of the built files in static/page/, and the hash of the elements. The build replaces this variable. */
declare const PAGE_FILES: { readonly script: string; readonly style: string; readonly elements: string };

/** The operation whose data the page shows. */
export const query = PageDocument.toString();

/** Renders the complete HTML document. @param options language of the page. Default: English. */
export function renderPage(data: PageQuery, site: Site, options: LanguageOptions = {}): string {
  const language = createLanguage(options);
  const { say } = language;
  const { basePath, needsToken } = site;
  // In demo mode, the only users are on the server's machine: its developers and operators.
  const isDemo = !needsToken;
  const page = (
    <Document
      {...PAGE_FILES}
      lang={language.locale}
      title="Portrait"
      description={say('pageDescription')}
      site={site}
      links={isDemo ? demoLinks(basePath, say) : []}
    >
      <main id="page" data-props={JSON.stringify({ data, site })} data-language={JSON.stringify(options)}>
        <LanguageContext.Provider value={language}>
          <Page data={data} site={site} />
        </LanguageContext.Provider>
      </main>
      {isDemo && (
        <footer class="soft">
          <p>
            {say('operatorLinks')} <a href={`${basePath}/health`}>{say('health')}</a>,{' '}
            <a href={`${basePath}/ready`}>{say('readiness')}</a>
          </p>
        </footer>
      )}
    </Document>
  );
  return `<!doctype html>\n${renderToString(page)}\n`;
}

function demoLinks(basePath: string, say: Say) {
  return [
    { href: `${basePath}/developers`, text: say('developers') },
    { href: `${basePath}/graphql`, text: 'GraphiQL' },
  ];
}
