/** Returns the token of the signed-in user, as an application would fetch it from its own server. */
async function fetchToken(): Promise<string> {
  const response = await fetch('/token');
  return await response.text();
}

/** Undefined with the query `?cookie`. The browser then signs in with its cookie. */
export const getToken = location.search === '?cookie' ? undefined : fetchToken;
