/** An operation as its tab shows it. */
export interface SharedOperation {
  readonly query: string;
  /** JSON, or an empty string. */
  readonly variables: string;
}

/** Maximum length of a link. By default, nginx accepts a request line of 8 KiB. */
const MAX_LINK_LENGTH = 7000;

/** Returns a link that opens GraphiQL with an operation. Returns undefined if it would be too long for servers. */
export function shareLink(page: string, { query, variables }: SharedOperation): string | undefined {
  const link = new URL(page);
  link.search = new URLSearchParams({ query, ...(variables.trim() && { variables }) }).toString();
  link.hash = '';
  return link.href.length <= MAX_LINK_LENGTH ? link.href : undefined;
}

/** Returns the operation of the page's URL, or undefined if the URL has no query. */
export function readLink(search: string): SharedOperation | undefined {
  const parameters = new URLSearchParams(search);
  const query = parameters.get('query');
  return query ? { query, variables: parameters.get('variables') ?? '' } : undefined;
}
