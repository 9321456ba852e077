/**
 * Returns an SVG image as an opaque PNG in sRGB, at the size that the image states. Works on a thread of libuv's pool.
 * Unlike a decoder, this runs in the server's process, so the image must be Portrait's own and cover its whole area. It
 * must not contain text, because librsvg would use the fonts of the system. The first call loads sharp.
 */
export async function rasterize(svg: string): Promise<Buffer> {
  const { default: sharp } = await import('sharp');
  // The caller keeps each result, so libvips' own cache would only take memory.
  sharp.cache(false);
  return sharp(Buffer.from(svg)).removeAlpha().png().toBuffer();
}
