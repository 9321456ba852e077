/** Writes a line to standard output. */
export function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** Writes a title and a table: the first row is its head, the first column is set left, all others right. */
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

/** A goal beside its figure, such as `>= 1.5 (holds)`. */
export function goal(figure: number, comparison: '>=' | '<=' | '<', bound: number, unit = ''): string {
  const holds =
    comparison === '>=' ? figure >= bound : comparison === '<=' ? figure <= bound : figure < bound;
  return `${comparison} ${bound}${unit} (${holds ? 'holds' : 'MISSED'})`;
}
