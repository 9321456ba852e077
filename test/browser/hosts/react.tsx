import { useState } from 'react';
import { createRoot } from 'react-dom/client';
import type { PortraitEditor } from '../../../src/web/elements/portrait.d.ts';
import { getToken } from './get-token.ts';

function App() {
  const [events, setEvents] = useState<readonly string[]>([]);
  const add = (event: string) => setEvents((current) => [...current, event]);
  return (
    <>
      <portrait-avatar user-id="ann" name="Ann Lee" size={96} className="avatar" />
      <portrait-editor
        getToken={getToken}
        onportrait-change={({ detail }) => add(`${detail.action} ${detail.user.id}`)}
        onportrait-error={({ detail }) => add(detail.code)}
      >
        Edit
      </portrait-editor>
      <output>{events.join()}</output>
    </>
  );
}

createRoot(document.querySelector('#app') as HTMLElement).render(<App />);

/** Wrong uses, which the types must reject. */
export const REJECTED = [
  // @ts-expect-error The user is missing.
  <portrait-avatar key="1" />,
  // @ts-expect-error A token is not a function.
  <portrait-editor key="2" getToken="token" />,
  // @ts-expect-error There is no such action.
  <portrait-editor key="3" onportrait-change={({ detail }) => detail.action === 'drawn'} />,
  // @ts-expect-error There is no such sentence.
  <portrait-editor key="4" messages={{ changePortrait: 'Bild ändern' }} />,
];

/** Elements that scripts find have types, too. */
export const FOUND: PortraitEditor | null = document.querySelector('portrait-editor');
