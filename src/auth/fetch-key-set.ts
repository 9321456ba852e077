import type { FetchImplementation, JSONWebKeySet } from 'jose';
import { createLocalJWKSet } from 'jose/jwks/local';
import { KeySetUnavailableError } from './errors.ts';

/** Maximum bytes of a key set after decompression, inclusive. The largest public key sets have about 20 KB. */
const MAX_KEY_SET_BYTES = 256 * 1024;
/** Maximum number of keys in a key set. Issuers publish two to ten. */
const MAX_KEYS = 100;

/**
 * Downloads a key set and checks it. jose calls this function as its `customFetch`. MAX_KEY_SET_BYTES bounds the
 * memory, and jose's signal bounds the time. jose's options disable redirects. Rejects with KeySetUnavailableError.
 */
export const fetchKeySet: FetchImplementation = async (url, options) => {
  try {
    const response = await fetch(url, options);
    if (response.status !== 200) {
      // Close the connection. Otherwise an endless body would keep arriving.
      await response.body?.cancel();
      throw new KeySetUnavailableError(
        `The key set URL returned the status ${response.status} instead of 200.`,
      );
    }
    const text = await readText(response);
    checkKeySet(text);
    return new Response(text);
  } catch (error) {
    if (error instanceof KeySetUnavailableError) {
      throw error;
    }
    throw options.signal.aborted
      ? new KeySetUnavailableError('The download of the key set timed out.')
      : new KeySetUnavailableError('The key set cannot be downloaded.', { cause: error });
  }
};

/** Reads the body into one buffer, so tiny chunks take no more memory than large ones. */
async function readText({ body }: Response): Promise<string> {
  const buffer = new Uint8Array(MAX_KEY_SET_BYTES);
  let size = 0;
  for await (const chunk of body ?? []) {
    if (size + chunk.length > MAX_KEY_SET_BYTES) {
      throw new KeySetUnavailableError(`The key set is larger than ${MAX_KEY_SET_BYTES} bytes.`);
    }
    buffer.set(chunk, size);
    size += chunk.length;
  }
  return new TextDecoder().decode(buffer.subarray(0, size));
}

/** Throws KeySetUnavailableError if jose does not accept the text as a key set, or if it has too many keys. */
function checkKeySet(text: string): void {
  let keySet: JSONWebKeySet;
  try {
    keySet = JSON.parse(text);
    createLocalJWKSet(keySet);
  } catch (error) {
    // The parser's message quotes the response, which may be the error page of a proxy. Keep it out of the log.
    const content =
      error instanceof SyntaxError ? 'a response that is not JSON' : 'JSON that is not a JSON Web Key Set';
    throw new KeySetUnavailableError(`The key set URL returned ${content}.`);
  }
  if (keySet.keys.length > MAX_KEYS) {
    throw new KeySetUnavailableError(`The key set has more than ${MAX_KEYS} keys.`);
  }
}
