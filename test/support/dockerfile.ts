/** One instruction of a Dockerfile, with its continuation lines joined. */
export interface Instruction {
  readonly name: string;
  /** Flags before the rest, such as `--from=build`. */
  readonly flags: readonly string[];
  readonly rest: string;
}

/** A build stage: the steps from one FROM to the next. */
export interface Stage {
  readonly name: string | undefined;
  readonly steps: readonly Instruction[];
}

/** Parses the parts of the syntax that our own Dockerfile uses. */
export function parseDockerfile(text: string): Stage[] {
  const joined = text.replace(/^\s*#.*\n/gm, '').replace(/\\\n/g, ' ');
  const stages: { name: string | undefined; steps: Instruction[] }[] = [];
  for (const line of joined.split('\n').filter((each) => each.trim() !== '')) {
    const [, name = '', flags = '', rest = ''] = /^([A-Z]+)\s+((?:--\S+\s+)*)(.*)$/.exec(line) ?? [];
    if (name === 'FROM') {
      stages.push({ name: / AS (\S+)$/.exec(rest)?.[1], steps: [] });
    } else {
      stages.at(-1)?.steps.push({ name, flags: flags.split(/\s+/).filter(Boolean), rest });
    }
  }
  return stages;
}

/** Splits the rest of COPY, ENV or LABEL into words. Does not split at spaces in quotes. */
export function wordsOf(rest: string): string[] {
  return [...rest.matchAll(/(?:"[^"]*"|[^\s"])+/g)].map(([word]) => word.replaceAll('"', ''));
}

/** Returns a function that decides whether to send a path of the context. The last matching pattern wins. */
export function readDockerIgnore(text: string): (path: string) => boolean {
  const patterns = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return (path) => {
    const last = patterns.findLast((line) => {
      const pattern = line.replace(/^!/, '');
      return pattern === '*' || path === pattern || path.startsWith(`${pattern}/`);
    });
    return last === undefined || last.startsWith('!');
  };
}
