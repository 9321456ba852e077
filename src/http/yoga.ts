import { createYoga, type YogaServerInstance } from 'graphql-yoga';
import type { Identify } from '../auth/viewer.ts';
import type { Context } from '../graphql/context.ts';
import { schema } from '../graphql/schema.ts';
import type { MultipartOptions } from '../multipart/read-multipart-request.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { RequestContext } from './request-context.ts';
import { useAnswers } from './use-answers.ts';
import { useRefusals } from './use-refusals.ts';
import { useRequestParsers } from './use-request-parsers.ts';

export interface YogaOptions {
  readonly services: Pick<Context, 'parts' | 'urls' | 'rules'>;
  readonly identify: Identify;
  readonly multipart: MultipartOptions;
  readonly logger: Logger;
}

export type GraphQLServer = YogaServerInstance<RequestContext, Context>;

/** GraphQL over HTTP. Yoga runs the operations; bodies and answers are ours: see the plugins. */
export function createGraphQLServer(options: YogaOptions): GraphQLServer {
  return createYoga<RequestContext, Context>({
    schema,
    context: async ({ req, signal }) => ({
      ...options.services,
      viewer: await options.identify(req.headers),
      signal,
    }),
    plugins: [
      // 1. What the headers alone decide.
      useRefusals(),
      // 2. The body.
      useRequestParsers(options.multipart),
      // 3. The answer, errors included.
      useAnswers(options.logger),
    ],
    renderGraphiQL: async (graphiql) =>
      // 9 MB of page that most servers never show: loaded when it is asked for.
      (await import('@graphql-yoga/render-graphiql')).renderGraphiQL(graphiql),
    graphiql: { title: 'Portrait', defaultQuery: DEFAULT_QUERY },
    // Ours: the parsers read the raw request and count it, the answers mask errors.
    multipart: false,
    maxRequestBodySize: false,
    maskedErrors: false,
    // Same origin only.
    cors: false,
    landingPage: false,
    logging: false,
  });
}

const DEFAULT_QUERY = `query Viewer {
  viewer {
    id
    avatarUrl
    profilePicture {
      fileName
      url(size: 256)
      placeholder
    }
  }
}
`;
