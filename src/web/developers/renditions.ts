/** A file of a picture. */
export interface Rendition {
  readonly url: string;
  /** Edge length in pixels. */
  readonly width: number;
}

/** Returns the files that a `srcset` names, in its order. */
export function renditionsOf(srcSet: string): readonly Rendition[] {
  return srcSet.split(', ').map((candidate) => {
    const [url = '', width = ''] = candidate.split(' ');
    return { url, width: Number.parseInt(width, 10) };
  });
}
