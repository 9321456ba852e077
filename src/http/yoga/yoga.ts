import type { GraphQLSchema } from 'graphql';
import { createYoga, type YogaServerInstance } from 'graphql-yoga';
import type { AllowsOrigin } from '../../auth/origins.ts';
import { oneUsePerFile } from '../../graphql/file-uses.ts';
import type { MultipartOptions } from '../../multipart/read-multipart-request.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { RequestContext } from './request-context.ts';
import { useDocuments } from './use-documents.ts';
import { useFormResponses } from './use-form-responses.ts';
import { useRefusals } from './use-refusals.ts';
import { useRequestParsers } from './use-request-parsers.ts';
import { useResponses } from './use-responses.ts';

export interface YogaOptions {
  readonly schema: GraphQLSchema;
  /** Creates the context of the schema's resolvers, which Yoga adds to that of the request. */
  readonly createContext: (request: RequestContext) => object | Promise<object>;
  /** True if clients can query the schema itself. */
  readonly introspection: boolean;
  readonly multipart: MultipartOptions;
  /** Returns whether pages of an origin can send requests with the user's cookies and read the responses. */
  readonly allowsOrigin: AllowsOrigin;
  /** Returns the path of the public URL, without a trailing slash. */
  readonly basePath: () => string;
  readonly logger: Logger;
}

export type GraphQLServer = YogaServerInstance<RequestContext, object>;

/** Seconds for which a browser can cache a preflight response. */
const PREFLIGHT_MAX_AGE_S = 600;

/** Creates the GraphQL server. Yoga runs the operations. The plugins read the bodies and write the responses. */
export function createGraphQLServer(options: YogaOptions): GraphQLServer {
  return createYoga<RequestContext, object>({
    schema: options.schema,
    context: options.createContext,
    plugins: [
      // 1. Reject by headers.
      useRefusals(),
      // 2. Read the body.
      useRequestParsers(options.multipart),
      // 3. Parse, validate and limit the document.
      useDocuments({ ...options, rules: [oneUsePerFile] }),
      // 4. Write the response, including errors.
      useResponses(options.logger),
      // 5. Convert the response for browsers that sent a form.
      useFormResponses(options.basePath),
    ],
    // routes.ts serves GraphiQL.
    graphiql: false,
    // useDocuments has a cache that is bounded in bytes. Yoga's cache keeps 1,024 documents of any size.
    parserAndValidationCache: false,
    // useRequestParsers reads and limits bodies, and useResponses masks errors.
    multipart: false,
    maxRequestBodySize: false,
    maskedErrors: false,
    cors: (request) => corsFor(request.headers.get('origin'), options.allowsOrigin),
    landingPage: false,
    logging: false,
  });
}

/** Returns the CORS options. Other origins get no CORS headers, so browsers hide the response from their pages. */
function corsFor(origin: string | null, allowsOrigin: AllowsOrigin) {
  return origin !== null && allowsOrigin(origin)
    ? {
        origin: [origin],
        credentials: true,
        methods: ['GET', 'POST'],
        exposedHeaders: ['Retry-After', 'X-Request-Id'],
        maxAge: PREFLIGHT_MAX_AGE_S,
      }
    : (false as const);
}
