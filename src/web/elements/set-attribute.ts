/**
 * Sets an attribute from a property. Null and undefined remove the attribute, because frameworks pass them for a value
 * that is missing.
 */
export function setAttribute(
  element: Element,
  name: string,
  value: string | number | null | undefined,
): void {
  if (value === null || value === undefined) {
    element.removeAttribute(name);
  } else {
    element.setAttribute(name, String(value));
  }
}
