import { PortraitAvatar } from './avatar.ts';
import { PortraitEditor } from './editor.ts';

// The entry of `/static/elements/portrait.js`. A page can load it more than once, also from two servers.

for (const [name, element] of Object.entries({
  'portrait-avatar': PortraitAvatar,
  'portrait-editor': PortraitEditor,
})) {
  if (!customElements.get(name)) {
    customElements.define(name, element);
  }
}
