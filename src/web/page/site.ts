/** Where the page stands. */
export interface Site {
  /** Where browsers find the server, without a slash at its end. */
  readonly publicUrl: string;
  /** The path of the public URL, such as `/portrait`, or an empty text: what the page loads is of its own origin. */
  readonly basePath: string;
  /** Who writes has to sign in, by a token. */
  readonly needsToken: boolean;
}
