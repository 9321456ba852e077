/**
 * Counts the headers of a name in `rawHeaders`. Node's `headers` has only one of them, and its `headersDistinct` copies
 * all headers. Node bounds the headers of a request by bytes and number.
 * @param name in lower case.
 */
export function countHeader(rawHeaders: readonly string[], name: string): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const rawName = rawHeaders[index];
    count += rawName?.length === name.length && rawName.toLowerCase() === name ? 1 : 0;
  }
  return count;
}
