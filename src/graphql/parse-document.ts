import { type DocumentNode, Lexer, type ParseOptions, parse, Source, TokenKind } from 'graphql';
import { RequestTooLargeError } from '../multipart/errors.ts';
import { checkShape } from './document-shape.ts';

/** Maximum bytes of one document in UTF-8. GraphiQL's introspection query has about 2,000. */
const MAX_DOCUMENT_BYTES = 16 * 1024;

/** Maximum number of tokens: names, punctuation marks and values. GraphiQL's introspection query has about 200. */
const MAX_TOKENS = 2_000;

/**
 * Maximum number of lines: one for each token. graphql-js finds the line of an error by searching the document from its
 * start, so this bounds the cost of each error.
 */
const MAX_LINES = 2_000;

/**
 * Maximum levels of nested braces, brackets and parentheses. graphql-js parses by recursion. The introspection query of
 * tools has 17.
 */
const MAX_NESTING = 64;

/** Maximum length of a name or an alias. A response repeats the names of its fields in every entry of a list. */
const MAX_NAME_LENGTH = 128;

/**
 * Parses a document within limits that keep parsing, validation and execution cheap.
 * Throws GraphQLError for a syntax error, too many definitions or too many fields of one name, and RequestTooLargeError
 * for a document that is too large.
 */
export function parseDocument(source: string | Source, options?: ParseOptions): DocumentNode {
  const body = typeof source === 'string' ? source : source.body;
  if (Buffer.byteLength(body) > MAX_DOCUMENT_BYTES) {
    throw new RequestTooLargeError(
      `The document is larger than ${MAX_DOCUMENT_BYTES} bytes.`,
      MAX_DOCUMENT_BYTES,
    );
  }
  checkTokens(new Lexer(typeof source === 'string' ? new Source(source) : source));
  const document = parse(source, options);
  const error = checkShape(document);
  if (error !== undefined) {
    throw error;
  }
  return document;
}

const OPENING: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const CLOSING: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

/** Throws RequestTooLargeError. graphql-js can limit tokens too, but reports that as a syntax error. */
function checkTokens(lexer: Lexer): void {
  let tokens = 0;
  let nesting = 0;
  for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
    tokens += 1;
    if (tokens > MAX_TOKENS) {
      throw new RequestTooLargeError(
        `The document has more than ${MAX_TOKENS} names, punctuation marks and values.`,
        MAX_TOKENS,
      );
    }
    nesting += OPENING.has(token.kind) ? 1 : CLOSING.has(token.kind) ? -1 : 0;
    if (nesting > MAX_NESTING) {
      throw new RequestTooLargeError(
        `The document nests more than ${MAX_NESTING} braces, brackets and parentheses.`,
        MAX_NESTING,
      );
    }
    if (token.kind === TokenKind.NAME && token.end - token.start > MAX_NAME_LENGTH) {
      throw new RequestTooLargeError(
        `The document has a name of more than ${MAX_NAME_LENGTH} characters.`,
        MAX_NAME_LENGTH,
      );
    }
  }
  if (lexer.token.line > MAX_LINES) {
    throw new RequestTooLargeError(`The document has more than ${MAX_LINES} lines.`, MAX_LINES);
  }
}
