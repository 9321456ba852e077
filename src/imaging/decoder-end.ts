/** How a decoder's process ended. */
export interface DecoderEnd {
  readonly exitCode?: number;
  readonly signal?: NodeJS.Signals;
  /** True if the process ended itself because a picture took more memory than a decoder may use. */
  readonly outOfMemory?: boolean;
  /** Set if the process could not be started, or could not be reached. */
  readonly error?: Error;
}

/**
 * Ends a decoder that uses too much memory. The decoder sends this signal to itself. SIGKILL would look like the kernel's
 * own OOM killer. Nothing else sends this one, and it leaves no core dump.
 */
export const OUT_OF_MEMORY_SIGNAL = 'SIGVTALRM';

/** Signals that a process causes by its own code, such as an invalid access to memory or a failed assertion. */
const FAULT_SIGNALS: ReadonlySet<string> = new Set([
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGILL',
  'SIGSEGV',
  'SIGSYS',
  'SIGTRAP',
]);

/** Describes the end of a process by the arguments of its `exit` event, and by an earlier error of its channel. */
export function describeEnd(
  exitCode: number | null,
  signal: NodeJS.Signals | null,
  error?: Error,
): DecoderEnd {
  if (signal === OUT_OF_MEMORY_SIGNAL) {
    return { outOfMemory: true };
  }
  return {
    ...(exitCode !== null && { exitCode }),
    ...(signal !== null && { signal }),
    ...(error !== undefined && { error }),
  };
}

/**
 * Returns whether the code of a process caused its end, so that its picture may be at fault. Otherwise something outside of
 * it did: an operator, the kernel's OOM killer, or a broken channel, after which the server kills the process.
 */
export function isOwnFault({ exitCode, signal, outOfMemory = false }: DecoderEnd): boolean {
  return outOfMemory || exitCode !== undefined || (signal !== undefined && FAULT_SIGNALS.has(signal));
}
