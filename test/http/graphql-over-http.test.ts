import { auditServer } from 'graphql-http';
import { expect, it } from 'vitest';
import { portraitForTest } from '../support/portrait.ts';

it('Every audit of GraphQL over HTTP passes, each MUST, SHOULD and MAY of graphql-http', async () => {
  const portrait = await portraitForTest();
  const results = await auditServer({ url: `${portrait.url}/graphql` });
  expect(results.length).toBeGreaterThan(50);
  const failed = results.flatMap((result) =>
    result.status === 'ok' ? [] : [`${result.id} ${result.name}: ${result.reason}`],
  );
  expect(failed).toEqual([]);
});
