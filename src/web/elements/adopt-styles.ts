/** Stylesheets by their source. All elements of a page share them. */
const sheets = new Map<string, CSSStyleSheet>();

/** Returns a constructed stylesheet, which works under a Content-Security-Policy that forbids inline styles. */
function styleSheet(css: string): CSSStyleSheet {
  const known = sheets.get(css);
  if (known !== undefined) {
    return known;
  }
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  sheets.set(css, sheet);
  return sheet;
}

/** Adds styles to the shadow tree of an element. */
export function adoptStyles(root: ShadowRoot, css: string): void {
  root.adoptedStyleSheets.push(styleSheet(css));
}
