import { useEffect, useRef } from 'preact/hooks';
import { useSay } from '../messages/use-say.ts';
import type { Concern, Fault } from './fault.ts';

interface FaultMessageProps {
  readonly fault: Fault | undefined;
  /** Shows only faults about these parts of the interface. */
  readonly about: readonly Concern[];
  readonly onRetry?: () => void;
}

/** Shows an error message next to the part it concerns, and moves the focus to it. */
export function FaultMessage({ fault, about, onRetry }: FaultMessageProps) {
  const say = useSay();
  const message = useRef<HTMLDivElement>(null);
  const shown = fault !== undefined && about.includes(fault.concern) ? fault : undefined;
  useEffect(() => message.current?.focus(), [shown]);
  return (
    shown && (
      <div ref={message} class="fault" role="alert" tabIndex={-1}>
        <p>{shown.message}</p>
        {shown.canRetry && onRetry && (
          <button type="button" onClick={onRetry}>
            {say('tryAgain')}
          </button>
        )}
      </div>
    )
  );
}
