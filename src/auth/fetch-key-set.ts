import { createLocalJWKSet, type FetchImplementation, type JSONWebKeySet } from 'jose';
import { KeySetUnavailableError } from './errors.ts';

/** Bytes of a key set after decompression, inclusive. The largest public ones have about 20 KB. */
const MAX_KEY_SET_BYTES = 256 * 1024;
/** Issuers publish two to ten keys. */
const MAX_KEYS = 100;

/**
 * Downloads a key set and checks it, as jose's `customFetch`. Memory is bounded by MAX_KEY_SET_BYTES, time by the
 * signal that jose passes. Redirects are not followed. Rejects with KeySetUnavailableError.
 */
export const fetchKeySet: FetchImplementation = async (url, options) => {
  try {
    const response = await fetch(url, options);
    if (response.status !== 200) {
      // Closes the connection. Otherwise an endless body would keep arriving.
      await response.body?.cancel();
      throw new KeySetUnavailableError(`The key set has the status ${response.status} instead of 200.`);
    }
    const text = await readText(response);
    checkKeySet(text);
    return new Response(text);
  } catch (error) {
    if (error instanceof KeySetUnavailableError) {
      throw error;
    }
    throw options.signal.aborted
      ? new KeySetUnavailableError('The key set did not arrive in time.')
      : new KeySetUnavailableError('The key set cannot be downloaded.', { cause: error });
  }
};

/** Returns the body, gathered into one buffer so that tiny chunks take no more memory than large ones. */
async function readText({ body }: Response): Promise<string> {
  const buffer = new Uint8Array(MAX_KEY_SET_BYTES);
  let size = 0;
  for await (const chunk of body ?? []) {
    if (size + chunk.length > MAX_KEY_SET_BYTES) {
      throw new KeySetUnavailableError(`The key set has more than ${MAX_KEY_SET_BYTES} bytes.`);
    }
    buffer.set(chunk, size);
    size += chunk.length;
  }
  return new TextDecoder().decode(buffer.subarray(0, size));
}

/** Throws KeySetUnavailableError unless jose accepts the text as a key set of a sane size. */
function checkKeySet(text: string): void {
  let keySet: JSONWebKeySet;
  try {
    keySet = JSON.parse(text);
    createLocalJWKSet(keySet);
  } catch (error) {
    // The parser's message quotes the response, which may be the error page of a proxy, so the cause stays out of the log.
    const problem = error instanceof SyntaxError ? 'not JSON' : 'JSON, but not a JSON Web Key Set';
    throw new KeySetUnavailableError(`The response is ${problem}.`);
  }
  if (keySet.keys.length > MAX_KEYS) {
    throw new KeySetUnavailableError(`The key set holds more than ${MAX_KEYS} keys.`);
  }
}
