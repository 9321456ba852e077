import type { Decoder, DecoderLimits } from './decoder.ts';
import { DecoderLostError } from './decoder.ts';
import { type DecoderEnd, isOwnFault } from './decoder-end.ts';
import type { Decoders } from './decoders.ts';
import { deleteRenditions } from './delete-renditions.ts';
import {
  DecoderKilledError,
  DecoderUnavailableError,
  ImagingClosedError,
  UnreadableImageError,
} from './errors.ts';
import { unwrapOutcome } from './outcome.ts';
import type { RenderedPicture, RenderJob } from './render.ts';

/** A decoder was killed because a picture took longer than its time limit. */
export class OutOfTimeError extends Error {
  override name = 'OutOfTimeError';
}

export interface RunJobOptions {
  readonly limits: DecoderLimits;
  /** Called when a process has died while it had the job. */
  readonly onDeath: (end: DecoderEnd) => void;
  /** Called when a process has been killed because it did not take the job in time. */
  readonly onUnresponsive: () => void;
}

/**
 * Maximum processes that a job may lose if the picture is not at fault. The second process is new: see
 * `discardWithIdle`.
 */
const MAX_PROCESSES = 2;

/**
 * Renders a picture in a decoder. If the decoder ends and the picture does not count as the cause, one other decoder
 * gets the job. The picture does not count as the cause if the decoder had not taken the job, or was killed from
 * outside, for example by the kernel's OOM killer.
 * Rejects with OutOfTimeError, UnreadableImageError, DecoderUnavailableError, DecoderKilledError, ImagingClosedError,
 * or the decoder's error.
 */
export async function runJob(
  decoders: Decoders,
  job: RenderJob,
  options: RunJobOptions,
): Promise<RenderedPicture> {
  for (let processes = 1; ; processes += 1) {
    const decoder = acquire(decoders);
    try {
      const outcome = await decoder.run(job, options.limits);
      decoders.release(decoder);
      return unwrapOutcome(outcome);
    } catch (error) {
      if (!(error instanceof DecoderLostError)) {
        throw error;
      }
      removeLost(decoders, decoder, error, options);
      if (processes === MAX_PROCESSES) {
        throw error.begun
          ? new DecoderKilledError({ cause: error })
          : new DecoderUnavailableError({ cause: error });
      }
      await deleteRenditions(job.outputDirectory);
    }
  }
}

function acquire(decoders: Decoders): Decoder {
  try {
    return decoders.acquire();
  } catch (error) {
    throw error instanceof ImagingClosedError ? error : new DecoderUnavailableError({ cause: error });
  }
}

/** Removes a lost process from the pool, and reports the reason. Throws if no other process may try the job. */
function removeLost(
  decoders: Decoders,
  decoder: Decoder,
  lost: DecoderLostError,
  { onDeath, onUnresponsive }: RunJobOptions,
): void {
  if (decoders.closed) {
    throw new ImagingClosedError();
  }
  if (!lost.timedOut) {
    onDeath(lost.end);
  }
  if (lost.begun && (lost.timedOut || isOwnFault(lost.end))) {
    decoders.replace(decoder);
    throw lost.timedOut ? new OutOfTimeError(undefined, { cause: lost }) : unreadable(lost);
  }
  decoders.discardWithIdle(decoder);
  if (lost.timedOut) {
    onUnresponsive();
  }
}

function unreadable(lost: DecoderLostError): UnreadableImageError {
  const message = lost.end.outOfMemory
    ? 'The picture takes too much memory to read. Choose another picture.'
    : 'The picture could not be read because its decoder crashed. Choose another picture.';
  return new UnreadableImageError(message, { cause: lost });
}
