/** One line of a Dockerfile, continued lines joined. */
export interface Instruction {
  readonly name: string;
  /** `--name=value` before the rest. */
  readonly flags: readonly string[];
  readonly rest: string;
}

/** The steps from one FROM to the next. */
export interface Stage {
  readonly name: string | undefined;
  readonly steps: readonly Instruction[];
}

/** Reads as much of the language as our own Dockerfile needs. */
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

/** The words of COPY, ENV and LABEL; quotes hold one together. */
export function wordsOf(rest: string): string[] {
  return [...rest.matchAll(/(?:"[^"]*"|[^\s"])+/g)].map(([word]) => word.replaceAll('"', ''));
}

/** @returns whether a path of the context is sent to the engine: the last pattern that fits decides. */
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
