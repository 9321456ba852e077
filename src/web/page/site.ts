/** URLs and sign-in settings of the server that the page belongs to. */
export interface Site {
  /** URL at which browsers reach the server, without a trailing slash. */
  readonly publicUrl: string;
  /**
   * Path of the public URL, such as `/portrait`, or an empty string. The page links to its own files by path, so they
   * load from the origin at which the user opened the page.
   */
  readonly basePath: string;
  /** Whether mutations need a token. */
  readonly needsToken: boolean;
}
