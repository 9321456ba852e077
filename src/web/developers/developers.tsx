import type { DevelopersQuery } from '../client/generated/graphql.ts';
import type { Site } from '../page/site.ts';
import { Api } from './api.tsx';
import { Elements } from './elements.tsx';
import { PictureFiles } from './picture-files.tsx';
import { ShowPicture } from './show-picture.tsx';
import { SignIn } from './sign-in.tsx';
import type { ExampleUser } from './snippets.ts';

interface DevelopersProps {
  /** Query result that the server renders the page from. */
  readonly data: DevelopersQuery;
  readonly site: Site;
}

const SECTIONS = [
  { id: 'show', title: 'Show a picture' },
  { id: 'elements', title: 'Custom elements' },
  { id: 'files', title: 'Files of your picture' },
  { id: 'api', title: 'GraphQL' },
  { id: 'sign-in', title: 'Sign-in' },
] as const;

/** Renders what developers need to use this server, with examples for the signed-in user. */
export function Developers({ data: { viewer }, site }: DevelopersProps) {
  const user: ExampleUser = viewer
    ? { ...viewer, name: viewer.name ?? viewer.id }
    : { id: 'alice', name: 'Alice', stableAvatarUrl: `${site.publicUrl}/users/alice/avatar` };
  return (
    <>
      <div class="intro">
        <h1>For developers</h1>
        <p>
          {viewer
            ? 'The examples use this server and your user id, '
            : 'You are not signed in. The examples use the id '}
          <code>{user.id}</code>.
        </p>
        <nav aria-label="Sections" class="sections">
          {SECTIONS.map(({ id, title }) => (
            <a key={id} href={`#${id}`}>
              {title}
            </a>
          ))}
        </nav>
      </div>
      <ShowPicture user={user} />
      <Elements user={user} site={site} />
      <PictureFiles viewer={viewer} basePath={site.basePath} />
      <Api site={site} />
      <SignIn needsToken={site.needsToken} />
    </>
  );
}
