import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import { textMemory } from '../multipart/text-memory.ts';
import { MEASURE_BYTES } from './operation-measures.ts';
import { PLAN_BYTES } from './query-plans.ts';

/** Caches valid documents by their text, so that the server parses and validates a repeated one only once. */
export interface DocumentCache {
  get(text: string): DocumentNode | undefined;
  /** Returns whether this very object is in the cache. */
  has(document: DocumentNode): boolean;
  /** Adds a valid document with its text. */
  add(text: string, document: DocumentNode): void;
}

/** Maximum bytes of all cached documents. */
const MAX_CACHE_BYTES = 16 * 1024 * 1024;

/** Bytes of memory of a token and its nodes. Measured: 873 KiB for a document of 2,000 tokens. */
const BYTES_PER_TOKEN = 450;

/** Creates a cache of bounded memory. When it is full, it evicts the least recently used document. */
export function createDocumentCache(maxBytes = MAX_CACHE_BYTES): DocumentCache {
  const valid = new WeakSet<DocumentNode>();
  const documents = new LRUCache<string, DocumentNode>({
    maxSize: maxBytes,
    sizeCalculation: (document, text) =>
      textMemory(text) + BYTES_PER_TOKEN * countTokens(document) + MEASURE_BYTES + PLAN_BYTES,
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

/** Counts the tokens of a document, including comments, because the document keeps all of them in a linked list. */
function countTokens({ loc }: DocumentNode): number {
  let tokens = 1;
  for (let token = loc?.startToken ?? null; token !== null; token = token.next) {
    tokens += 1;
  }
  return tokens;
}
