/** Time in milliseconds for which a confirmation is visible. */
const CONFIRMATION_MS = 4000;

// From now on, the stylesheet shows the buttons, which need this script.
document.documentElement.classList.add('scripted');

for (const box of document.querySelectorAll('.code')) {
  const [button, status, code] = ['[data-copy]', '[role=status]', 'code'].map((part) =>
    box.querySelector(part),
  );
  if (button && status && code) {
    button.addEventListener('click', () => void copy(code, status));
  }
}

/** Copies the code of a box. If the browser forbids that, selects the code for the user to copy. */
async function copy(code: Element, status: Element): Promise<void> {
  try {
    await navigator.clipboard.writeText(code.textContent ?? '');
    status.textContent = 'Copied';
    setTimeout(() => {
      status.textContent = '';
    }, CONFIRMATION_MS);
  } catch {
    getSelection()?.selectAllChildren(code);
    status.textContent = 'Copying failed. The text is selected, so copy it yourself.';
  }
}
