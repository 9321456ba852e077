import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DocumentNode, isExecutableDefinitionNode, parse } from 'graphql';

const ROOT = join(import.meta.dirname, '../../..');

/** Files with documents that users see or clients send. */
const SOURCES = ['README.md', 'docs/*.md', 'src/web/**/*.{graphql,ts,tsx}'];

/** Matches fenced code in Markdown, and captures its language and its text. */
const FENCE = /^```(\w*)[^\n]*\n(.*?)^```$/gms;
/** Matches the quote before a document, also within quoted JSON. Captures the document up to the closing quote. */
const LITERAL = /(['"`])(?=((?:#[^\n]*\n)?(?:(?:query|mutation|fragment)\b|\{\s+\w).*?)\1)/gs;

/** A GraphQL document and the file that contains it. */
export interface FoundDocument {
  readonly source: string;
  readonly text: string;
}

/** Returns the operations and fragments in the documentation and in the sources of the page. */
export async function findDocuments(): Promise<FoundDocument[]> {
  const found: FoundDocument[] = [];
  for await (const source of glob(SOURCES, { cwd: ROOT, exclude: ['**/generated/**'] })) {
    const content = await readFile(join(ROOT, source), 'utf8');
    found.push(
      ...candidatesOf(source, content)
        .filter(isExecutable)
        .map((text) => ({ source, text })),
    );
  }
  return found;
}

function candidatesOf(source: string, content: string): string[] {
  if (source.endsWith('.graphql')) {
    return [content];
  }
  if (!source.endsWith('.md')) {
    return literalsOf(content);
  }
  return [...content.matchAll(FENCE)].flatMap(([, language, code = '']) =>
    language === 'graphql' ? [code] : literalsOf(code),
  );
}

function literalsOf(code: string): string[] {
  return [...code.matchAll(LITERAL)].map(([, , text = '']) => text);
}

function isExecutable(text: string): boolean {
  return tryToParse(text)?.definitions.every(isExecutableDefinitionNode) ?? false;
}

function tryToParse(text: string): DocumentNode | undefined {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
