import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Picture as PictureData } from './use-portrait.ts';

interface PictureProps {
  readonly picture: PictureData;
  /** CSS pixels of an edge. */
  readonly edge: number;
  /** Empty if the picture is shown beside the one that it repeats. */
  readonly alt: string;
}

/** A picture in the rendition that fits the screen; until that is there, its placeholder. */
export function Picture({ picture: { id, url, srcSet, placeholder }, edge, alt }: PictureProps) {
  const [state, setState] = useState<'loading' | 'loaded' | 'failed'>('loading');
  const image = useRef<HTMLImageElement>(null);
  // Before anything is drawn: it may have come, or failed, before this script did.
  useLayoutEffect(() => {
    const { complete = false, naturalWidth = 0 } = image.current ?? {};
    setState(!complete ? 'loading' : naturalWidth > 0 ? 'loaded' : 'failed');
  }, [id]);
  return (
    <span class={`picture ${state}`}>
      <img class="placeholder" src={placeholder} width={edge} height={edge} alt="" />
      <img
        key={id}
        ref={image}
        src={url}
        srcset={srcSet}
        sizes={`${edge}px`}
        width={edge}
        height={edge}
        alt={alt}
        onLoad={() => setState('loaded')}
        onError={() => setState('failed')}
      />
      {state === 'failed' && alt !== '' && (
        <span class="picture-failed">The picture cannot be loaded right now.</span>
      )}
    </span>
  );
}
