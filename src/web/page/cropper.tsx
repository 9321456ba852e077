import { useState } from 'preact/hooks';
import EasyCrop, { type Area, type Point } from 'react-easy-crop';
import 'react-easy-crop/react-easy-crop.css';
import type { Choice } from './check-file.ts';
import type { CropInput } from './generated/graphql.ts';

export interface CropperProps {
  readonly url: string;
  readonly size: NonNullable<Choice['size']>;
  /** Minimum edge length of the crop in pixels. */
  readonly minEdge: number;
  readonly onChange: (crop: CropInput) => void;
}

const MAX_ZOOM = 8;
const KEY_STEP = 1.1;
const ZOOM_KEYS: Readonly<Record<string, number>> = {
  '+': KEY_STEP,
  '=': KEY_STEP,
  '-': 1 / KEY_STEP,
  _: 1 / KEY_STEP,
};

/** Selects a square of the upright picture. The user moves and zooms the picture beneath a fixed square. */
export function Cropper({ url, size, minEdge, onChange }: CropperProps) {
  const [position, setPosition] = useState<Point>({ x: 0, y: 0 });
  const [zoom, setZoom] = useState(1);
  // The extra pixel keeps rounding from making the crop too small.
  const maxZoom = Math.min(MAX_ZOOM, Math.max(1, Math.min(size.width, size.height) / (minEdge + 1)));
  const zoomTo = (value: number) => setZoom(Math.min(Math.max(value, 1), maxZoom));
  const zoomByKey = (event: { readonly key: string; preventDefault(): void }) => {
    const factor = ZOOM_KEYS[event.key];
    if (factor !== undefined) {
      event.preventDefault();
      zoomTo(zoom * factor);
    }
  };
  return (
    <div class="cropper">
      <div class="cropper-area">
        <EasyCrop
          image={url}
          crop={position}
          zoom={zoom}
          minZoom={1}
          maxZoom={maxZoom}
          aspect={1}
          cropShape="round"
          objectFit="cover"
          showGrid={false}
          keyboardStep={4}
          disableAutomaticStylesInjection
          cropperProps={{
            role: 'group',
            'aria-label': 'Crop',
            'aria-describedby': 'crop-help',
            // Runs in addition to the cropper's own handler, which handles the arrow keys.
            onKeyDownCapture: zoomByKey,
          }}
          onCropChange={setPosition}
          onZoomChange={zoomTo}
          onCropAreaChange={(area) => onChange(cropOf(area))}
        />
      </div>
      <label class="zoom">
        <span>Zoom</span>
        <input
          type="range"
          min={1}
          max={maxZoom}
          step={0.01}
          value={zoom}
          disabled={maxZoom === 1}
          aria-valuetext={`${Math.round(zoom * 100)} %`}
          onInput={({ currentTarget }) => zoomTo(currentTarget.valueAsNumber)}
        />
      </label>
      <p id="crop-help" class="soft">
        Drag to move. Scroll or pinch to zoom. On a keyboard, use the arrow keys, + and −.
      </p>
    </div>
  );
}

/** Converts percentages to the fractions that the API expects, and clamps rounding errors at the edges. */
function cropOf({ x, y, width, height }: Area): CropInput {
  const left = Math.max(x / 100, 0);
  const top = Math.max(y / 100, 0);
  return {
    x: left,
    y: top,
    width: Math.min(width / 100, 1 - left),
    height: Math.min(height / 100, 1 - top),
  };
}
