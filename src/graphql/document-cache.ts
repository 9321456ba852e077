import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';

/** Valid documents by their text, so that one that comes again is neither parsed nor validated. */
export interface DocumentCache {
  get(text: string): DocumentNode | undefined;
  /** Whether the very object is in the cache. */
  has(document: DocumentNode): boolean;
  /** Adds a document that was parsed from a text and is valid. */
  add(text: string, document: DocumentNode): void;
}

/** Bytes of all documents together. */
const MAX_CACHE_BYTES = 16 * 1024 * 1024;

/** Bytes of memory that a token and its nodes take, as measured: 873 KiB for a document of 2,000 tokens. */
const BYTES_PER_TOKEN = 450;
/** Of a text with a character beyond Latin-1. */
const BYTES_PER_CHARACTER = 2;

/** Creates a cache whose memory is bounded, whatever documents are. The one used longest ago gives way. */
export function createDocumentCache(maxBytes = MAX_CACHE_BYTES): DocumentCache {
  const valid = new WeakSet<DocumentNode>();
  const documents = new LRUCache<string, DocumentNode>({
    maxSize: maxBytes,
    sizeCalculation: (document, text) =>
      BYTES_PER_CHARACTER * text.length + BYTES_PER_TOKEN * countTokens(document),
    dispose: (document) => valid.delete(document),
  });
  return {
    get: (text) => documents.get(text),
    has: (document) => valid.has(document),
    add(text, document) {
      valid.add(document);
      documents.set(text, document);
    },
  };
}

/** Counts comments too: a document keeps all of its tokens in a chain. */
function countTokens({ loc }: DocumentNode): number {
  let tokens = 1;
  for (let token = loc?.startToken ?? null; token !== null; token = token.next) {
    tokens += 1;
  }
  return tokens;
}
