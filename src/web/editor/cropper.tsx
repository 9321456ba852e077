import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useSay } from '../messages/use-say.ts';
import type { PhotoEdit } from '../photo/edit.ts';
import type { Size } from '../photo/size.ts';
import { BackgroundField, DEFAULT_BACKGROUND } from './background-field.tsx';
import { changeForKey } from './crop-keys.ts';
import { type Change, listenToGestures } from './gestures.ts';
import { type Placement, placementOf } from './placement.ts';
import { Tools } from './tools.tsx';
import { createView, cropOf, zoomOf, zoomRange } from './view.ts';

export interface CropperProps {
  /** URL of the upright picture. */
  readonly url: string;
  /** Size of the upright picture in pixels, which can differ from the size of the displayed copy. */
  readonly size: Size;
  /** Minimum edge length of the crop in pixels. */
  readonly minEdge: number;
  readonly onChange: (edit: PhotoEdit) => void;
}

/** Edge lengths of the previews in CSS pixels. The stylesheet hides or shrinks some on small screens. */
const PREVIEW_EDGES = [128, 64, 32];
/** Edge length in pixels under which a picture looks blurry in the common sizes, on screens with double density. */
const BLURRY_EDGE = 256;

/** Selects a square of the picture. The user moves, zooms and turns the picture beneath a fixed square. */
export function Cropper({ url, size, minEdge, onChange }: CropperProps) {
  const say = useSay();
  const [view, setView] = useState(() => createView(size, minEdge));
  const [background, setBackground] = useState(DEFAULT_BACKGROUND);
  const area = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const listeners = new AbortController();
    if (area.current) {
      listenToGestures(area.current, setView, listeners.signal);
    }
    return () => listeners.abort();
  }, []);
  // Runs before the next input, so that a press of Enter after a change saves that change.
  useLayoutEffect(() => {
    const { quarterTurns, mirrored, fit } = view;
    onChange({ crop: cropOf(view), quarterTurns, mirrored, background: fit ? background : undefined });
  }, [view, background]);

  const changeByKey = (event: KeyboardEvent) => {
    const change: Change | undefined = changeForKey(event);
    if (change) {
      event.preventDefault();
      setView(change);
    }
  };
  const placement = placementOf(view);
  const backgroundColor = view.fit ? background : undefined;
  const edge = Math.round(view.edge);
  const canZoomOut = zoomOf(view) > zoomRange(view).min;
  return (
    <>
      <div class="crop-space">
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset groups fields, and this is one control. */}
        <div
          ref={area}
          class="crop-area"
          style={{ backgroundColor }}
          role="group"
          aria-label={say('crop')}
          aria-describedby="crop-help"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: this control handles keys.
          tabIndex={0}
          onKeyDown={changeByKey}
        >
          <PlacedImage url={url} placement={placement} />
          <p class="crop-warning" role="status">
            {edge < BLURRY_EDGE && say(canZoomOut ? 'blurryCrop' : 'blurryPicture', { edge })}
          </p>
        </div>
      </div>
      <div class="previews" aria-hidden="true">
        {PREVIEW_EDGES.map((previewEdge) => (
          <span key={previewEdge} class={`preview preview-${previewEdge}`} style={{ backgroundColor }}>
            <PlacedImage url={url} placement={placement} />
          </span>
        ))}
      </div>
      <p id="crop-help" class="soft crop-help">
        {say('cropHelp')}
      </p>
      <Tools view={view} onChange={setView} />
      {view.fit && <BackgroundField color={background} onChange={setBackground} />}
    </>
  );
}

function PlacedImage({ url, placement }: { readonly url: string; readonly placement: Placement }) {
  return <img src={url} alt="" draggable={false} style={{ ...placement }} />;
}
