/**
 * Scopes with which a client can act for users other than its own.
 * - `portrait:moderate`: remove and restore pictures, block uploads, and see the trash.
 * - `portrait:write`: all of that, and upload, describe and delete.
 */
const SCOPES = ['portrait:moderate', 'portrait:write'] as const;

export type Scope = (typeof SCOPES)[number];

/**
 * Returns Portrait's scopes in a token. Ignores other scopes and malformed claims. The headers limit a token to 16 KB,
 * which bounds the number of names.
 * @param scope claim `scope`: names with a space between them (https://www.rfc-editor.org/rfc/rfc8693#section-4.2).
 * @param scp claim `scp` of some issuers: a text like `scope`, or a list of names.
 */
export function scopesOf(scope: unknown, scp: unknown): readonly Scope[] {
  const names = new Set<unknown>([...namesIn(scope), ...(Array.isArray(scp) ? scp : namesIn(scp))]);
  return SCOPES.filter((known) => names.has(known));
}

/** Returns whether a text is one of Portrait's scopes. */
export function isScope(name: string): name is Scope {
  return SCOPES.some((known) => known === name);
}

function namesIn(claim: unknown): string[] {
  return typeof claim === 'string' ? claim.split(' ') : [];
}
