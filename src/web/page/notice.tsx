import { useEffect, useRef } from 'preact/hooks';
import type { Done } from './use-portrait.ts';

interface NoticeProps {
  readonly done: Done | undefined;
  readonly disabled: boolean;
  readonly onUndo: () => void;
}

/** Shows the result of the last action, with an Undo button if it can be undone. */
export function Notice({ done, disabled, onUndo }: NoticeProps) {
  const notice = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // The action may have removed the button that had the focus.
    if (done !== undefined && document.activeElement === document.body) {
      notice.current?.focus();
    }
  }, [done]);
  return (
    <div ref={notice} class={done ? 'notice' : 'visually-hidden'} role="status" tabIndex={-1}>
      {done && <p>{done.message}</p>}
      {done?.canUndo && (
        <button type="button" disabled={disabled} onClick={onUndo}>
          Undo
        </button>
      )}
    </div>
  );
}
