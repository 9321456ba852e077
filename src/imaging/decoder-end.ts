/** Describes how a decoder process ended. */
export interface DecoderEnd {
  readonly exitCode?: number;
  readonly signal?: NodeJS.Signals;
  /** True if the process ended itself because a picture took more memory than allowed. */
  readonly outOfMemory?: boolean;
  /** Set if the process could not be started, or if its IPC channel failed. */
  readonly error?: Error;
}

/**
 * Signal that a decoder sends to itself when it exceeds its memory limit. SIGKILL would look like the kernel's OOM
 * killer. Nothing else sends SIGVTALRM, and it leaves no core dump.
 */
export const OUT_OF_MEMORY_SIGNAL = 'SIGVTALRM';

/** Signals caused by the code of the process itself, such as an invalid memory access or a failed assertion. */
const FAULT_SIGNALS: ReadonlySet<string> = new Set([
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGILL',
  'SIGSEGV',
  'SIGSYS',
  'SIGTRAP',
]);

/** Describes the end of a process from the arguments of its `exit` event and an earlier error of its IPC channel. */
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
 * Returns whether a process caused its own end, so that its picture may be at fault. Otherwise the cause is external:
 * an operator, the kernel's OOM killer, or a broken IPC channel, after which the server kills the process.
 */
export function isOwnFault({ exitCode, signal, outOfMemory = false }: DecoderEnd): boolean {
  return outOfMemory || exitCode !== undefined || (signal !== undefined && FAULT_SIGNALS.has(signal));
}
