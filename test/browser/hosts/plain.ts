import { getToken } from './get-token.ts';

const editor = document.querySelector('portrait-editor');
const output = document.querySelector('output');
const add = (event: string) => {
  if (output) {
    output.textContent = [output.textContent, event].filter(Boolean).join();
  }
};
if (editor) {
  editor.getToken = getToken;
}
document.addEventListener('portrait-change', ({ detail }) => add(`${detail.action} ${detail.user.id}`));
document.addEventListener('portrait-error', ({ detail }) => add(detail.code));
document.addEventListener('portrait-open', () => add('open'));
document.addEventListener('portrait-close', () => add('close'));
