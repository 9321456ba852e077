import type { DevelopersQuery } from '../client/generated/graphql.ts';
import { CodeBox } from './code-box.tsx';
import { renditionsOf } from './renditions.ts';
import { Section } from './section.tsx';
import { pictureTag } from './snippets.ts';

type Viewer = DevelopersQuery['viewer'];
type Picture = NonNullable<NonNullable<Viewer>['profilePicture']>;

interface PictureFilesProps {
  readonly viewer: Viewer;
  readonly basePath: string;
}

/** Shows the files of the current picture and a tag that lets the browser choose among them. */
export function PictureFiles({ viewer, basePath }: PictureFilesProps) {
  const picture = viewer?.profilePicture;
  return (
    <Section id="files" title="Files of your picture">
      <p>
        Each picture also has URLs of its own. Their content never changes, so browsers and CDNs can keep it
        forever.
      </p>
      {picture && (
        <>
          <CodeBox label="HTML with srcset" code={pictureTag(picture)} />
          <Files picture={picture} />
        </>
      )}
      {viewer === null && (
        <p>Sign in to your application and reload this page to see the files of your picture.</p>
      )}
      {viewer !== null && !picture && (
        <p>
          There is no picture yet. <a href={`${basePath}/`}>Upload one</a>, then reload this page to see its
          files.
        </p>
      )}
    </Section>
  );
}

function Files({ picture: { srcSet, jpegSrcSet } }: { readonly picture: Picture }) {
  const jpegs = new Map(renditionsOf(jpegSrcSet).map(({ width, url }) => [width, url]));
  return (
    <table class="files">
      <caption>Files</caption>
      <thead>
        <tr>
          <th scope="col">Pixels</th>
          <th scope="col">WebP</th>
          <th scope="col">JPEG</th>
        </tr>
      </thead>
      <tbody>
        {renditionsOf(srcSet).map(({ width, url }) => (
          <tr key={width}>
            <th scope="row">
              {width} × {width}
            </th>
            {[url, jpegs.get(width) ?? ''].map((file) => (
              <td key={file}>
                <a href={file}>{file.slice(file.lastIndexOf('/') + 1)}</a>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
