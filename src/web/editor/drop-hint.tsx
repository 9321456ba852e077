import { useLayoutEffect, useRef } from 'preact/hooks';
import { useSay } from '../messages/use-say.ts';

/** Covers the page while the user drags a file over it. A popover, because it also covers an open dialog. */
export function DropHint() {
  const say = useSay();
  const hint = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => hint.current?.showPopover(), []);
  return (
    <div ref={hint} class="drop-here" popover="manual">
      {say('dropHere')}
    </div>
  );
}
