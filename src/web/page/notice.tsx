import { useEffect, useRef } from 'preact/hooks';
import type { State } from './state.ts';

/** Shows the result of the last action. */
export function Notice({ done }: Pick<State, 'done'>) {
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
    </div>
  );
}
