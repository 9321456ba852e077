import { hydrate } from 'preact';
import { createLanguage, type LanguageOptions } from '../messages/language.ts';
import { LanguageContext } from '../messages/use-language.ts';
import { Page, type PageProps } from './page.tsx';

const root = document.querySelector('#page') as HTMLElement;
/** The data that the server rendered, so that hydration changes nothing and needs no request. */
const props: PageProps = JSON.parse(root.dataset['props'] as string);
const options: LanguageOptions = JSON.parse(root.dataset['language'] as string);
const language = createLanguage(options);

Object.assign(document.querySelector('portrait-editor') ?? {}, options);
// The module of the elements runs before this script. If it could not be loaded, the page stays a plain form.
if (customElements.get('portrait-editor')) {
  // From now on, the stylesheet shows the parts that need this script and hides their replacements.
  document.documentElement.classList.add('scripted');
  hydrate(
    <LanguageContext.Provider value={language}>
      <Page {...props} />
    </LanguageContext.Provider>,
    root,
  );
}
