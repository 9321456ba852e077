import type { PortraitAvatar, PortraitAvatarAttributes, PortraitEditor } from '../elements/portrait.d.ts';

declare module 'preact/jsx-runtime' {
  namespace JSX {
    interface IntrinsicElements {
      'portrait-avatar': preact.HTMLAttributes<PortraitAvatar> & PortraitAvatarAttributes;
      'portrait-editor': preact.HTMLAttributes<PortraitEditor>;
    }
  }
}
