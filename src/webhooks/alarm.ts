/** Wakes a loop that waits. */
export interface Alarm {
  /** Ends the wait in progress. If there is none, the next wait ends at once. */
  ring(): void;
  /** Resolves when the alarm rings, or after a time in milliseconds. Does not keep the process running. */
  wait(limit: number): Promise<void>;
}

export function createAlarm(): Alarm {
  let hasRung = false;
  let end: (() => void) | undefined;
  return {
    ring() {
      hasRung = true;
      end?.();
    },

    async wait(limit) {
      if (!hasRung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, limit).unref();
          end = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        end = undefined;
      }
      hasRung = false;
    },
  };
}
