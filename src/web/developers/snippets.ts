import { renditionsOf } from './renditions.ts';

/** A user, as the examples name them. */
export interface ExampleUser {
  readonly id: string;
  readonly name: string;
  readonly stableAvatarUrl: string;
}

/** Edge length of the example pictures in CSS pixels. */
export const EXAMPLE_EDGE = 128;
const SIZE = `width="${EXAMPLE_EDGE}" height="${EXAMPLE_EDGE}"`;

/** Returns an `<img>` tag that always shows the user's current picture, sharp on screens with double density. */
export function avatarTag({ stableAvatarUrl, name }: ExampleUser): string {
  return `<img src="${attribute(stableAvatarUrl)}?size=${2 * EXAMPLE_EDGE}"\n  ${SIZE} alt="${attribute(name)}">`;
}

/** Returns an `<img>` tag for the files of one picture. */
export function pictureTag(picture: { url: string; srcSet: string; altText: string | null }): string {
  const candidates = renditionsOf(picture.srcSet).map(({ url, width }) => `    ${attribute(url)} ${width}w`);
  return [
    `<img src="${attribute(picture.url)}"`,
    `  srcset="\n${candidates.join(',\n')}"`,
    `  sizes="${EXAMPLE_EDGE}px" ${SIZE} alt="${attribute(picture.altText ?? '')}">`,
  ].join('\n');
}

/** Returns the markup that loads the elements, shows the user's picture and offers to change it. */
export function elementTags({ id, name }: ExampleUser, publicUrl: string): string {
  return [
    `<script type="module" src="${attribute(publicUrl)}/static/elements/portrait.js"></script>`,
    `<portrait-avatar user-id="${attribute(id)}" name="${attribute(name)}" size="${EXAMPLE_EDGE}"></portrait-avatar>`,
    '<portrait-editor>Change picture</portrait-editor>',
  ].join('\n');
}

/** Returns the script that connects the editor to an application. */
export function elementScript(needsToken: boolean): string {
  return [
    "const editor = document.querySelector('portrait-editor');",
    ...(needsToken
      ? [
          '// Called before each request. Return a token of your application.',
          'editor.getToken = async () => token;',
        ]
      : []),
    "editor.addEventListener('portrait-change', ({ detail }) => {",
    '  console.log(detail.user.avatarUrl);',
    '});',
    "editor.addEventListener('portrait-error', ({ detail }) => {",
    '  console.error(detail.code, detail.message);',
    '});',
  ].join('\n');
}

/** Escapes text for a double-quoted attribute. */
function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
}
