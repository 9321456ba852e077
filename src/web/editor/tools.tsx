import type { ComponentChildren } from 'preact';
import { useSay } from '../messages/use-say.ts';
import type { Change } from './gestures.ts';
import { mirror, toggleFit, turn, type View, zoomOf, zoomRange, zoomTo } from './view.ts';

interface ToolsProps {
  readonly view: View;
  readonly onChange: (change: Change) => void;
}

/** Shows the zoom slider, and buttons to turn, mirror and fit the picture. */
export function Tools({ view, onChange }: ToolsProps) {
  const say = useSay();
  const { min, max } = zoomRange(view);
  const zoom = zoomOf(view);
  return (
    <>
      <label class="zoom">
        <span>{say('zoom')}</span>
        <input
          type="range"
          min={min}
          max={max}
          step="any"
          value={zoom}
          disabled={min === max}
          aria-valuetext={say('percent', { percent: Math.round(zoom * 100) })}
          onInput={({ currentTarget }) => onChange((current) => zoomTo(current, currentTarget.valueAsNumber))}
        />
      </label>
      <div class="tools">
        <Tool
          label={say('left')}
          name={say('rotateLeft')}
          onClick={() => onChange((current) => turn(current, -1))}
        >
          <path d="M4 5v5h5M4.6 10A8 8 0 1 1 4 14" />
        </Tool>
        <Tool
          label={say('right')}
          name={say('rotateRight')}
          onClick={() => onChange((current) => turn(current, 1))}
        >
          <path d="M20 5v5h-5M19.4 10A8 8 0 1 0 20 14" />
        </Tool>
        <Tool
          label={say('mirror')}
          name={say('mirror')}
          pressed={view.mirrored}
          onClick={() => onChange(mirror)}
        >
          <path d="M12 3v18M8.5 7v10H3zM15.5 7v10H21z" />
        </Tool>
        <Tool
          label={say('fit')}
          name={say('fitOnBackground')}
          pressed={view.fit}
          onClick={() => onChange(toggleFit)}
        >
          <path d="M4 4h16v16H4zM7 9.5h10v5H7z" />
        </Tool>
      </div>
    </>
  );
}

interface ToolProps {
  /** A word that fits under the icon. The name contains it. */
  readonly label: string;
  readonly name: string;
  /** Whether the button is on. Undefined for a button that is not a switch. */
  readonly pressed?: boolean;
  readonly onClick: () => void;
  /** Paths of the icon, in a square of 24 units. */
  readonly children: ComponentChildren;
}

function Tool({ label, name, pressed, onClick, children }: ToolProps) {
  return (
    <button
      type="button"
      class="tool"
      title={name}
      aria-label={name}
      aria-pressed={pressed}
      onClick={onClick}
    >
      <svg viewBox="0 0 24 24" aria-hidden="true">
        {children}
      </svg>
      <span>{label}</span>
    </button>
  );
}
