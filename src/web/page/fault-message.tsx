import { useEffect, useRef } from 'preact/hooks';
import type { Concern, Fault } from './faults.ts';

interface FaultMessageProps {
  readonly id?: string;
  readonly fault: Fault | undefined;
  /** Shows only faults about these parts of the page. */
  readonly about: readonly Concern[];
  readonly onRetry?: () => void;
}

/** Shows an error message next to the part it concerns, and moves the focus to it. */
export function FaultMessage({ id, fault, about, onRetry }: FaultMessageProps) {
  const message = useRef<HTMLDivElement>(null);
  const shown = fault !== undefined && about.includes(fault.concern) ? fault : undefined;
  useEffect(() => message.current?.focus(), [shown]);
  return (
    shown && (
      <div id={id} ref={message} class="fault" role="alert" tabIndex={-1}>
        <p>{shown.message}</p>
        {shown.canRetry && onRetry && (
          <button type="button" onClick={onRetry}>
            Try again
          </button>
        )}
      </div>
    )
  );
}
