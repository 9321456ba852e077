/** Returns the drawing context of a canvas. Throws if the browser has no memory left for it. */
export function contextOf(canvas: OffscreenCanvas): OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext('2d');
  if (context === null) {
    throw new Error('The browser has no memory for a picture of this size.');
  }
  return context;
}
