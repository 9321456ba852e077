import { hydrate } from 'preact';
import { Page, type PageProps } from './page.tsx';

const root = document.querySelector('#page') as HTMLElement;
/** As the server rendered it, so that nothing changes and nothing is asked twice. */
const props: PageProps = JSON.parse(root.dataset['props'] as string);

// From here on the stylesheet shows what needs this script, and hides what stands in for it.
document.documentElement.classList.add('scripted');
hydrate(<Page {...props} />, root);
