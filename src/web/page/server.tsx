import { renderToString } from 'preact-render-to-string';
import { createLanguage, type LanguageOptions } from '../messages/language.ts';
import { LanguageContext } from '../messages/use-language.ts';
import { PageDocument, type PageQuery } from './generated/graphql.ts';
import { Page } from './page.tsx';
import type { Site } from './site.ts';

// Vite builds this into one file, which http/pages/start-page.ts loads.

/** Names of the built files in static/page/. The build replaces this variable. */
declare const PAGE_FILES: { readonly script: string; readonly style: string };

/** The operation whose data the page shows. */
export const query = PageDocument.toString();

/** Renders the complete HTML document. @param options language of the page. Default: English. */
export function renderPage(data: PageQuery, site: Site, options: LanguageOptions = {}): string {
  return `<!doctype html>\n${renderToString(<Document data={data} site={site} options={options} />)}\n`;
}

interface DocumentProps {
  readonly data: PageQuery;
  readonly site: Site;
  readonly options: LanguageOptions;
}

function Document({ data, site, options }: DocumentProps) {
  const { basePath } = site;
  const language = createLanguage(options);
  const { say } = language;
  return (
    <html lang={language.locale}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>Portrait</title>
        <meta name="description" content={say('pageDescription')} />
        <link rel="icon" type="image/svg+xml" href={`${basePath}/static/images/favicon.svg`} />
        <link rel="stylesheet" href={`${basePath}/static/page/${PAGE_FILES.style}`} />
        <script type="module" src={`${basePath}/static/page/${PAGE_FILES.script}`} />
      </head>
      <body>
        <header class="site-header">
          <img src={`${basePath}/static/images/logo.svg`} width={40} height={40} alt="" />
          <strong>Portrait</strong>
          <nav aria-label="Portrait">
            <a href={`${basePath}/graphql`}>GraphiQL</a>
          </nav>
        </header>
        <main id="page" data-props={JSON.stringify({ data, site })} data-language={JSON.stringify(options)}>
          <LanguageContext.Provider value={language}>
            <Page data={data} site={site} />
          </LanguageContext.Provider>
        </main>
        <footer class="soft">
          <p>
            {say('operatorLinks')} <a href={`${basePath}/health`}>{say('health')}</a>,{' '}
            <a href={`${basePath}/ready`}>{say('readiness')}</a>
          </p>
        </footer>
      </body>
    </html>
  );
}
