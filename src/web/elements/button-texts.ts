/** English sentences that the element shows without its dialog. They are the same as in messages/english.ts. */
export const BUTTON_TEXTS = {
  changePicture: 'Change picture',
  editorFailed: 'The editor could not be loaded. Reload the page.',
} as const;
