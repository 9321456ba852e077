import type { GraphQLSchema } from 'graphql';
import { createYoga, type YogaServerInstance } from 'graphql-yoga';
import { oneUsePerFile } from '../../graphql/file-uses.ts';
import type { MultipartOptions } from '../../multipart/read-multipart-request.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { RequestContext } from './request-context.ts';
import { useAnswers } from './use-answers.ts';
import { useDocuments } from './use-documents.ts';
import { useFormAnswers } from './use-form-answers.ts';
import { useRefusals } from './use-refusals.ts';
import { useRequestParsers } from './use-request-parsers.ts';

export interface YogaOptions {
  readonly schema: GraphQLSchema;
  /** What resolvers of that schema work with. */
  readonly createContext: (request: RequestContext) => Promise<object>;
  /** Clients may ask what the schema holds. */
  readonly introspection: boolean;
  readonly multipart: MultipartOptions;
  /** Whose pages may read answers, with the user's cookies. */
  readonly allowedOrigins: ReadonlySet<string>;
  /** The path of the public URL, without a slash at its end. */
  readonly basePath: () => string;
  readonly logger: Logger;
}

export type GraphQLServer = YogaServerInstance<RequestContext, object>;

/** Seconds for which a browser need not ask again. */
const PREFLIGHT_MAX_AGE_S = 600;

/** GraphQL over HTTP. Yoga runs the operations; bodies and answers are ours: see the plugins. */
export function createGraphQLServer(options: YogaOptions): GraphQLServer {
  return createYoga<RequestContext, object>({
    schema: options.schema,
    context: options.createContext,
    plugins: [
      // 1. What the headers alone decide.
      useRefusals(),
      // 2. The body.
      useRequestParsers(options.multipart),
      // 3. The document.
      useDocuments({ rules: [oneUsePerFile], introspection: options.introspection }),
      // 4. The answer, errors included.
      useAnswers(options.logger),
      // 5. The same for browsers that sent a form.
      useFormAnswers(options.basePath),
    ],
    // Ours too: see routes.ts.
    graphiql: false,
    // useDocuments has a cache that is bounded by bytes. Yoga's keeps 1,024 documents of any size.
    parserAndValidationCache: false,
    // Ours: the parsers read the raw request and count it, the answers mask errors.
    multipart: false,
    maxRequestBodySize: false,
    maskedErrors: false,
    cors: (request) => corsFor(request.headers.get('origin'), options.allowedOrigins),
    landingPage: false,
    logging: false,
  });
}

/** Any other origin is given nothing, so that its browsers keep the answer to themselves. */
function corsFor(origin: string | null, allowed: ReadonlySet<string>) {
  return origin !== null && allowed.has(origin)
    ? {
        origin: [origin],
        credentials: true,
        methods: ['GET', 'POST'],
        exposedHeaders: ['Retry-After', 'X-Request-Id'],
        maxAge: PREFLIGHT_MAX_AGE_S,
      }
    : (false as const);
}
