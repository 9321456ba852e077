/** Formats a size for display, such as `172.8 KiB`. */
export function formatBytes(bytes: number): string {
  const [unit, size] =
    bytes < 1024 ? ['bytes', bytes] : bytes < 1024 ** 2 ? ['KiB', bytes / 1024] : ['MiB', bytes / 1024 ** 2];
  return `${size.toLocaleString('en', { maximumFractionDigits: 1 })} ${unit}`;
}
