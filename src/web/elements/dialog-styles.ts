import pageCss from '../../../static/style.css?inline';
import editorCss from '../editor/editor.css?inline';
import elementCss from './dialog.css?inline';

/**
 * Returns the styles of the dialog: those of the page and the editor. The element takes the place of the root. Lengths
 * in `rem` would depend on the font size of the host page's root, so they become pixels.
 * @param fontSize font size in pixels that the reader has set in the browser.
 */
export function dialogStyles(fontSize: number): string {
  return [pageCss, editorCss, elementCss]
    .join('\n')
    .replaceAll(':root', ':host')
    .replace(/(\d*\.?\d+)rem\b/g, (_, length: string) => `${Number(length) * fontSize}px`);
}
