/**
 * Names of the parts that are text fields. Clients also send them as a file or a Blob of JSON, so only the name
 * identifies them. `_charset_` names the encoding of the others (RFC 7578, section 4.6).
 */
export const FIELD_NAMES: ReadonlySet<string> = new Set(['operations', 'map', '_charset_']);
