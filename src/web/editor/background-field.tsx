import type { MessageKey } from '../messages/messages.ts';
import { useSay } from '../messages/use-say.ts';

interface BackgroundFieldProps {
  /** CSS color with six hexadecimal digits, as color inputs require. */
  readonly color: string;
  readonly onChange: (color: string) => void;
}

const SWATCHES = [
  { color: '#ffffff', name: 'white' },
  { color: '#d4d9dc', name: 'gray' },
  { color: '#16211f', name: 'black' },
  { color: '#0f766e', name: 'teal' },
] as const satisfies readonly { color: string; name: MessageKey }[];

export const DEFAULT_BACKGROUND: string = SWATCHES[0].color;

/** Lets the user choose the color around a picture that does not fill the square. */
export function BackgroundField({ color, onChange }: BackgroundFieldProps) {
  const say = useSay();
  const isOther = !SWATCHES.some((swatch) => swatch.color === color);
  return (
    <fieldset class="background">
      <legend>{say('background')}</legend>
      {SWATCHES.map((swatch) => (
        <input
          key={swatch.color}
          type="radio"
          name="background"
          class="swatch"
          style={{ backgroundColor: swatch.color }}
          aria-label={say(swatch.name)}
          checked={swatch.color === color}
          onChange={() => onChange(swatch.color)}
        />
      ))}
      <input
        type="color"
        class={`swatch ${isOther ? 'chosen' : ''}`}
        value={color}
        aria-label={say('otherColor')}
        title={say('otherColor')}
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
      />
    </fieldset>
  );
}
