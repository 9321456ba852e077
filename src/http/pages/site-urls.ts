/** Base URLs for browsers, without trailing slashes. They are functions because the port can be unknown at first. */
export interface SiteUrls {
  readonly publicUrl: () => string;
  readonly picturesUrl: () => string;
}

/** Returns the path of a public URL without a trailing slash, or an empty string for the root. */
export function basePathOf(publicUrl: string): string {
  return new URL(publicUrl).pathname.replace(/\/$/, '');
}

/** Returns the origins of pictures and initials, separated by spaces for a Content-Security-Policy. */
export function pictureOrigins({ publicUrl, picturesUrl }: SiteUrls): string {
  return [...new Set([publicUrl(), picturesUrl()].map((url) => new URL(url).origin))].join(' ');
}
