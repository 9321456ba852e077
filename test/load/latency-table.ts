/** Returns a table with the count, the median latency and the 99th percentile of each kind of request. */
export function latencyTable(latencies: ReadonlyMap<string, readonly number[]>): string {
  const byKind = [...latencies].toSorted(([one], [other]) => (one < other ? -1 : 1));
  const rows = byKind.map(([kind, milliseconds]) => {
    const sorted = milliseconds.toSorted((a, b) => a - b);
    const percentile = (fraction: number) =>
      sorted[Math.ceil(sorted.length * fraction) - 1]?.toFixed(1) ?? '';
    return [kind, String(sorted.length), percentile(0.5), percentile(0.99)];
  });
  return [['', 'requests', 'p50 ms', 'p99 ms'], ...rows]
    .map(([kind = '', ...figures]) => kind.padEnd(24) + figures.map((figure) => figure.padStart(10)).join(''))
    .join('\n');
}
