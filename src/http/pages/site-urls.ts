/** Where browsers find things, without slashes at their ends; asked each time, since a port may be known only late. */
export interface SiteUrls {
  readonly publicUrl: () => string;
  readonly picturesUrl: () => string;
}

/** The path of a public URL, without a slash at its end; empty if it has none. */
export function basePathOf(publicUrl: string): string {
  return new URL(publicUrl).pathname.replace(/\/$/, '');
}

/** The origins that pictures and initials come from, as a Content-Security-Policy lists them. */
export function pictureOrigins({ publicUrl, picturesUrl }: SiteUrls): string {
  return [...new Set([publicUrl(), picturesUrl()].map((url) => new URL(url).origin))].join(' ');
}
