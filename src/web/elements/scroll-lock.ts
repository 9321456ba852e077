/** Returns a function that keeps the page behind a dialog from scrolling. Each dialog has a lock of its own. */
export function createScrollLock(): (isLocked: boolean) => void {
  const lock = new CSSStyleSheet();
  lock.replaceSync('html { overflow: hidden !important; }');
  return (isLocked) => {
    const others = document.adoptedStyleSheets.filter((sheet) => sheet !== lock);
    document.adoptedStyleSheets = isLocked ? [...others, lock] : others;
  };
}
