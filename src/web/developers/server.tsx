import { renderToString } from 'preact-render-to-string';
import { Document } from '../page/document.tsx';
import { DevelopersDocument, type DevelopersQuery } from '../client/generated/graphql.ts';
import type { Site } from '../page/site.ts';
import { Developers } from './developers.tsx';

// Vite builds this into one file, which http/pages/rendered-page.ts loads.

/** Names of the built files in static/page/. The build replaces this variable. */
declare const DEVELOPERS_FILES: { readonly script: string; readonly style: string };

/** The operation whose data the page shows. */
export const query = DevelopersDocument.toString();

/** Renders the complete HTML document. Its text is English, as the documentation is. */
export function renderPage(data: DevelopersQuery, site: Site): string {
  const page = (
    <Document
      {...DEVELOPERS_FILES}
      lang="en"
      title="Portrait for developers"
      description="Show and edit profile pictures in your application."
      site={site}
      links={[
        { href: `${site.basePath}/`, text: 'Your picture' },
        { href: `${site.basePath}/graphql`, text: 'GraphiQL' },
      ]}
    >
      <main>
        <Developers data={data} site={site} />
      </main>
    </Document>
  );
  return `<!doctype html>\n${renderToString(page)}\n`;
}
