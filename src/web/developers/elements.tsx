import type { Site } from '../page/site.ts';
import { CodeBox } from './code-box.tsx';
import { Section } from './section.tsx';
import { type ExampleUser, elementScript, elementTags } from './snippets.ts';

interface ElementsProps {
  readonly user: ExampleUser;
  readonly site: Site;
}

/** Shows the custom elements that show and edit a picture in any application. */
export function Elements({ user, site: { publicUrl, needsToken } }: ElementsProps) {
  return (
    <Section id="elements" title="Custom elements">
      <p>
        <code>&lt;portrait-avatar&gt;</code> shows a picture. <code>&lt;portrait-editor&gt;</code> is a button
        that opens the editor. Both work in plain HTML and in every framework.
      </p>
      <CodeBox label="Elements" code={elementTags(user, publicUrl)} />
      <CodeBox label="Script" code={elementScript(needsToken)} />
      <p class="soft">
        On another origin, the editor works after the operator adds that origin to{' '}
        <code>ALLOWED_ORIGINS</code>.
      </p>
    </Section>
  );
}
