/**
 * Passes properties to the setters of a custom element that a page set before the element's script was loaded. Such
 * properties belong to the instance, and would hide the setters of its class.
 */
export function upgradeProperties<Element extends HTMLElement>(
  element: Element,
  names: readonly (keyof Element)[],
): void {
  for (const name of names) {
    if (Object.hasOwn(element, name)) {
      const value = element[name];
      delete element[name];
      element[name] = value;
    }
  }
}
