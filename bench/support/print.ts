/** Writes a line to standard output. */
export function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** Writes a title and a table. The first row is the head. The first column is aligned left, all others right. */
export function printTable(title: string, rows: readonly (readonly string[])[]): void {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd();
  const [head = [], ...body] = rows;
  print(`\n${title}`);
  print(line(head));
  print(widths.map((width) => '-'.repeat(width)).join('  '));
  for (const row of body) {
    print(line(row));
  }
}

/** Returns a goal and whether the figure meets it, such as `>= 1.5 (met)`. */
export function goal(figure: number, comparison: '>=' | '<=' | '<', bound: number, unit = ''): string {
  const met = comparison === '>=' ? figure >= bound : comparison === '<=' ? figure <= bound : figure < bound;
  return `${comparison} ${bound}${unit} (${met ? 'met' : 'MISSED'})`;
}
