import pageCss from '../../../static/style.css?inline';
import editorCss from '../editor/editor.css?inline';
import elementCss from './dialog.css?inline';

/** Rule for the page behind an open dialog. */
export const SCROLL_LOCK = 'html { overflow: hidden !important; }';

/** Styles of the dialog: those of the page and the editor. The element takes the place of the root. */
export const DIALOG_STYLES: string = [pageCss, editorCss, elementCss].join('\n').replaceAll(':root', ':host');
