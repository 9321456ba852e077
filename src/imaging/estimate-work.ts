/**
 * Estimates from a picture's header how much work decoding it is.
 * @returns decoded megapixels: the picture's megapixels times the number of passes over them.
 */
export function estimateWork(
  _picture: Buffer,
  _format: string,
  { width, height }: { readonly width: number; readonly height: number },
): number {
  return (width * height) / 1e6;
}
