import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Picture as PictureData } from '../client/picture.ts';
import { useSay } from '../messages/use-say.ts';

interface PictureProps {
  readonly userId: string;
  readonly picture: PictureData;
  /** Edge length in CSS pixels. */
  readonly edge: number;
  /** Alternative text. Empty if the page already shows the same picture elsewhere. */
  readonly alt: string;
}

/** Shows a picture in the rendition that fits the screen, and a placeholder while it loads. */
export function Picture({ userId, picture: { id, url, srcSet, placeholder }, edge, alt }: PictureProps) {
  const say = useSay();
  const [state, setState] = useState<'loading' | 'loaded' | 'failed'>('loading');
  const image = useRef<HTMLImageElement>(null);
  // Runs before the browser paints, because the image may have loaded or failed before this script ran.
  useLayoutEffect(() => {
    const { complete = false, naturalWidth = 0 } = image.current ?? {};
    setState(!complete ? 'loading' : naturalWidth > 0 ? 'loaded' : 'failed');
  }, [id]);
  return (
    <portrait-avatar class={`picture ${state}`} user-id={userId} size={edge}>
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
      {state === 'failed' && alt !== '' && <span class="picture-failed">{say('pictureFailed')}</span>}
    </portrait-avatar>
  );
}
