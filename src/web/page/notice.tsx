import { useEffect, useRef } from 'preact/hooks';
import type { Done } from './use-portrait.ts';

interface NoticeProps {
  readonly done: Done | undefined;
  readonly disabled: boolean;
  readonly onUndo: () => void;
}

/** Says what was done, and offers to undo it. */
export function Notice({ done, disabled, onUndo }: NoticeProps) {
  const notice = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // The button that had the focus may be gone with what was done.
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
