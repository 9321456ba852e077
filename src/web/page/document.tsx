import type { ComponentChildren } from 'preact';
import type { Site } from './site.ts';

interface DocumentProps {
  /** BCP 47 tag of the page's language. */
  readonly lang: string;
  readonly title: string;
  readonly description: string;
  readonly site: Site;
  /** Name of the script in static/page/. */
  readonly script: string;
  /** Hash of the module of the elements, if the page uses them. */
  readonly elements?: string;
  /** Name of the stylesheet in static/page/. */
  readonly style: string;
  /** Links of the header. */
  readonly links: readonly { readonly href: string; readonly text: string }[];
  readonly children: ComponentChildren;
}

/** Renders what all pages share: the head, and the header with its links. */
export function Document({
  lang,
  title,
  description,
  site: { basePath },
  script,
  elements,
  style,
  links,
  children,
}: DocumentProps) {
  return (
    <html lang={lang}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{title}</title>
        <meta name="description" content={description} />
        <link rel="icon" type="image/svg+xml" href={`${basePath}/static/images/favicon.svg`} />
        <link rel="stylesheet" href={`${basePath}/static/page/${style}`} />
        {elements && <script type="module" src={`${basePath}/static/elements/portrait.js?v=${elements}`} />}
        <script type="module" src={`${basePath}/static/page/${script}`} />
      </head>
      <body>
        <header class="site-header">
          <img src={`${basePath}/static/images/logo.svg`} width={40} height={40} alt="" />
          <strong>Portrait</strong>
          {links.length > 0 && (
            <nav aria-label="Portrait">
              {links.map(({ href, text }) => (
                <a key={href} href={href}>
                  {text}
                </a>
              ))}
            </nav>
          )}
        </header>
        {children}
      </body>
    </html>
  );
}
