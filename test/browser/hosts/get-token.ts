/** Returns the token of the signed-in user, as an application would fetch it from its own server. */
export async function getToken(): Promise<string> {
  const response = await fetch('/token');
  return await response.text();
}
