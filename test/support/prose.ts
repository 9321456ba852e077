import { readFile } from 'node:fs/promises';

/** A text for people: a comment, a test title, a description of the schema, or a paragraph of Markdown. */
export interface Passage {
  readonly file: string;
  /** Line of the first word, from 1. */
  readonly line: number;
  /** The text on one line, without comment markers and indentation. */
  readonly text: string;
}

/** Matches a line of a comment in TypeScript, CSS or a shell script, and captures its text. */
const COMMENT_LINE = /^\s*(?:\/\*\*?|\*(?!\/)|\/\/|#(?!!))\s?(.*?)(?:\s*\*\/)?\s*$/;
/** Matches the title of a test in one of the three kinds of quotes. */
const TITLE =
  /\b(?:it|test|describe)(?:\.\w+)*(?:<[^>]*>)?\((?:[^'"`\n]*\]\))?\(?\s*(['"`])((?:\\.|(?!\1).)*)\1/g;

/** Returns the passages of a file below a folder. The extension of the file determines its format. */
export async function readProse(root: string, file: string): Promise<Passage[]> {
  const text = await readFile(`${root}/${file}`, 'utf8');
  const lines = text.split('\n');
  if (file.endsWith('.md')) {
    return paragraphsOf(file, lines);
  }
  if (file.endsWith('.graphql')) {
    return [...text.matchAll(/"""(.*?)"""/gs)].map((match) => ({
      file,
      line: text.slice(0, match.index).split('\n').length,
      text: oneLine(match[1] ?? ''),
    }));
  }
  const titles = [...text.matchAll(TITLE)].map((match) => ({
    file,
    line: text.slice(0, match.index).split('\n').length,
    text: match[2] ?? '',
  }));
  return [...commentsOf(file, lines), ...(file.includes('.test.') ? titles : [])];
}

/** Splits a passage into sentences, without bullets and numbers of lists. */
export function sentencesOf({ text }: Passage): string[] {
  return text
    .split(/(?<=[.!?])\s+(?=[A-Z`"*[])/)
    .map((sentence) => sentence.replace(/^(?:[-*]|\d+\.)\s+/, '').replace(/^[*_]+/, ''))
    .filter((sentence) => sentence !== '');
}

function commentsOf(file: string, lines: readonly string[]): Passage[] {
  const passages: { file: string; line: number; text: string }[] = [];
  let open = false;
  for (const [index, line] of lines.entries()) {
    const match = COMMENT_LINE.exec(line);
    const content = match?.[1] ?? '';
    const tag = /^(?:@\w+(?:\s+\w+)?|[-*])\s+/.exec(content);
    if (match === null || content === '') {
      open = false;
    } else if (open && tag === null && !/^\s*(?:\/\*\*?)/.test(line)) {
      const last = passages.at(-1);
      if (last !== undefined) {
        last.text += ` ${content}`;
      }
    } else {
      passages.push({ file, line: index + 1, text: content.slice(tag?.[0].length ?? 0) });
      open = true;
    }
  }
  return passages;
}

function paragraphsOf(file: string, lines: readonly string[]): Passage[] {
  const passages: { file: string; line: number; text: string }[] = [];
  let [open, fenced] = [false, false];
  for (const [index, line] of lines.entries()) {
    if (/^\s*```/.test(line)) {
      [open, fenced] = [false, !fenced];
    } else if (fenced || line.trim() === '') {
      open = false;
    } else if (line.startsWith('|')) {
      open = false;
      const cells = line.split(/(?<!\\)\|/).slice(1, -1);
      passages.push(...cells.map((cell) => ({ file, line: index + 1, text: cell.trim() })));
    } else if (!open || /^\s*(?:[-*>]|\d+\.|#+)\s/.test(line)) {
      passages.push({ file, line: index + 1, text: line.replace(/^\s*(?:[-*>]|\d+\.|#+)\s+/, '').trim() });
      open = !line.startsWith('#');
    } else {
      const last = passages.at(-1);
      if (last !== undefined) {
        last.text += ` ${line.trim()}`;
      }
    }
  }
  return passages;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
