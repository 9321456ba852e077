/** Where browsers find things, without slashes at their ends; asked each time, since a port may be known only late. */
export interface SiteUrls {
  readonly publicUrl: () => string;
  readonly picturesUrl: () => string;
}

/** The origins that pictures and initials come from, as a Content-Security-Policy lists them. */
export function pictureOrigins({ publicUrl, picturesUrl }: SiteUrls): string {
  return [...new Set([publicUrl(), picturesUrl()].map((url) => new URL(url).origin))].join(' ');
}
