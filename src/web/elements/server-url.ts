/** Base URL of the server that this module was loaded from. The module is in `static/elements/`. */
const OWN_SERVER = new URL(/* @vite-ignore */ '../../', import.meta.url).href;

/**
 * Returns the absolute base URL of a server, with a trailing slash.
 * @param attribute value of the attribute `server`. If it is missing, returns the server of this module.
 */
export function serverUrl(attribute: string | null): string {
  return attribute ? new URL(`${attribute.replace(/\/+$/, '')}/`, document.baseURI).href : OWN_SERVER;
}
