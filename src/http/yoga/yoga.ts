import type { GraphQLError, GraphQLSchema } from 'graphql';
import { isPromise, YogaServer } from 'graphql-yoga';
import type { AllowsOrigin } from '../../auth/origins.ts';
import { oneUsePerFile } from '../../graphql/file-uses.ts';
import type { MultipartOptions } from '../../multipart/read-multipart-request.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Answer } from '../connection/send-response.ts';
import { checkParams } from './check-params.ts';
import { preflightAnswer } from './cors-headers.ts';
import { createAnswers, type Result } from './create-answers.ts';
import { createRequestReader } from './read-request.ts';
import type { RequestContext } from './request-context.ts';
import { useDocuments } from './use-documents.ts';

export interface YogaOptions {
  readonly schema: GraphQLSchema;
  /** Creates the context of the schema's resolvers, which Yoga adds to the request's context. */
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

/**
 * Runs a GraphQL request and returns the response. Never rejects.
 * @param refusal error found before the server reads the body. The client gets it instead of a result.
 */
export type GraphQLServer = (context: RequestContext, refusal: Error | undefined) => Promise<Answer>;

/**
 * Creates the GraphQL server. Yoga parses, validates and executes each request, with its plugins. The code around it
 * reads the request and writes the response without Fetch API objects: see docs/decisions/yoga-without-fetch.md.
 */
export function createGraphQLServer(options: YogaOptions): GraphQLServer {
  const { allowsOrigin } = options;
  const yoga = new YogaServer<RequestContext, object>({
    schema: options.schema,
    plugins: [useDocuments({ ...options, rules: [oneUsePerFile] })],
    // useDocuments has a cache that is bounded in bytes. Yoga's cache keeps 1,024 documents of any size.
    parserAndValidationCache: false,
    // createAnswers masks errors.
    maskedErrors: false,
    // These belong to Yoga's HTTP handler, which no request reaches.
    cors: false,
    graphiql: false,
    landingPage: false,
    multipart: false,
    maxRequestBodySize: false,
    logging: false,
  });
  const readRequest = createRequestReader(options.multipart);
  const createAnswer = createAnswers(options);
  // Yoga's hooks read only the method, to reject mutations by GET.
  const requestBy = (method: string) => new yoga.fetchAPI.Request('http://localhost/graphql', { method });
  const [get, post] = [requestBy('GET'), requestBy('POST')];

  /** Runs a request with Yoga's hooks of operations, but not its HTTP hooks. Throws errors of the document. */
  async function run(context: RequestContext): Promise<Result> {
    const params: unknown = await readRequest(context);
    checkParams(params);
    const request = context.req.method === 'GET' ? get : post;
    const enveloped = yoga.getEnveloped(Object.assign(context, { request, params }));
    const document = enveloped.parse(params.query);
    const errors: readonly GraphQLError[] = enveloped.validate(enveloped.schema, document);
    if (errors.length > 0) {
      return { errors };
    }
    const created = options.createContext(context);
    const contextValue = enveloped.contextFactory(isPromise(created) ? await created : created);
    return enveloped.execute({
      schema: enveloped.schema,
      document,
      contextValue: isPromise(contextValue) ? await contextValue : contextValue,
      variableValues: params.variables,
      operationName: params.operationName,
    });
  }

  return async (context, refusal) => {
    if (context.req.method === 'OPTIONS') {
      return preflightAnswer(context.req, allowsOrigin);
    }
    try {
      const result = refusal === undefined ? await run(context) : { errors: [refusal] };
      return createAnswer(result, context);
    } catch (error) {
      return createAnswer({ errors: [error] }, context);
    }
  };
}
