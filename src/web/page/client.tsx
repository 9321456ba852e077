import { hydrate } from 'preact';
import { createLanguage } from '../messages/language.ts';
import { LanguageContext } from '../messages/use-language.ts';
import { Page, type PageProps } from './page.tsx';

const root = document.querySelector('#page') as HTMLElement;
/** The data that the server rendered, so that hydration changes nothing and needs no request. */
const props: PageProps = JSON.parse(root.dataset['props'] as string);
const language = createLanguage(JSON.parse(root.dataset['language'] as string));

// From now on, the stylesheet shows the parts that need this script and hides their replacements.
document.documentElement.classList.add('scripted');
hydrate(
  <LanguageContext.Provider value={language}>
    <Page {...props} />
  </LanguageContext.Provider>,
  root,
);
