import { CodeBox } from './code-box.tsx';
import { Section } from './section.tsx';
import { avatarTag, type ExampleUser } from './snippets.ts';

/** Edge lengths of the samples in CSS pixels. */
const SAMPLE_EDGES = [128, 64, 32];

/** Shows the stable URL of a user's picture, its tag and its parameters. */
export function ShowPicture({ user }: { readonly user: ExampleUser }) {
  const { stableAvatarUrl } = user;
  return (
    <Section id="show" title="Show a picture">
      <div class="samples">
        {SAMPLE_EDGES.map((edge) => (
          <img key={edge} src={`${stableAvatarUrl}?size=${2 * edge}`} width={edge} height={edge} alt="" />
        ))}
      </div>
      <p>
        Each user has a URL that always shows the current picture, or the initials if there is no picture. It
        works for every id, in pages, emails and chat.
      </p>
      <CodeBox label="URL" code={stableAvatarUrl} />
      <CodeBox label="HTML" code={avatarTag(user)} />
      <table>
        <caption>Parameters of the URL</caption>
        <tbody>
          <tr>
            <th scope="row">
              <code>size</code>
            </th>
            <td>Edge length from 1 to 2048 pixels. Default: 128.</td>
          </tr>
          <tr>
            <th scope="row">
              <code>format</code>
            </th>
            <td>
              <code>auto</code> (default), <code>webp</code> or <code>jpeg</code>. Use <code>jpeg</code> in
              emails.
            </td>
          </tr>
          <tr>
            <th scope="row">
              <code>default</code>
            </th>
            <td>
              Response without a picture: <code>initials</code> (default), <code>blank</code> or{' '}
              <code>404</code>.
            </td>
          </tr>
          <tr>
            <th scope="row">
              <code>name</code>
            </th>
            <td>Source of the initials if Portrait knows no name.</td>
          </tr>
        </tbody>
      </table>
      <p class="soft">
        Browsers cache the response for five minutes, so a new picture can take that long to appear on other
        pages.
      </p>
    </Section>
  );
}
