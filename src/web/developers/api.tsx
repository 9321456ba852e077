import type { Site } from '../page/site.ts';
import { CodeBox } from './code-box.tsx';
import { EXAMPLE_OPERATIONS } from './operations.ts';
import { Section } from './section.tsx';
import { uploadCommand } from './upload-command.ts';

/** Shows the endpoint, an upload as a command, and operations that open in GraphiQL. */
export function Api({ site: { publicUrl, basePath, needsToken } }: { readonly site: Site }) {
  const endpoint = `${publicUrl}/graphql`;
  const graphiql = `${basePath}/graphql`;
  return (
    <Section id="api" title="GraphQL">
      <p>
        <a href={graphiql}>GraphiQL</a> has the documentation of the schema, and can send files. This command
        uploads <code>me.jpg</code> from the current folder.{' '}
        {needsToken && (
          <>
            First put a token into a variable of the shell: <code>export TOKEN=…</code>
          </>
        )}
      </p>
      <CodeBox label="Endpoint" code={endpoint} />
      <CodeBox label="Upload command" code={uploadCommand({ endpoint, needsToken })} />
      {EXAMPLE_OPERATIONS.map(({ title, query }) => (
        <CodeBox key={title} label={title} code={query}>
          <a href={`${graphiql}?${new URLSearchParams({ query })}`} aria-label={`Open in GraphiQL: ${title}`}>
            Open in GraphiQL
          </a>
        </CodeBox>
      ))}
    </Section>
  );
}
