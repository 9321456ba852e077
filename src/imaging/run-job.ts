import type { Decoder, DecoderEnd, DecoderLimits } from './decoder.ts';
import { DecoderLostError } from './decoder.ts';
import type { Decoders } from './decoders.ts';
import { DecoderUnavailableError, ImagingClosedError, UnreadableImageError } from './errors.ts';
import { pictureOf } from './outcome.ts';
import type { RenderedPicture, RenderJob } from './render.ts';

/** A decoder was killed because a picture took longer than its limit. */
export class OutOfTimeError extends Error {
  override name = 'OutOfTimeError';
}

export interface RunJobOptions {
  readonly limits: DecoderLimits;
  /** Called when a process has died with the job. */
  readonly onDeath: (end: DecoderEnd) => void;
  /** Called when a process has been killed because it did not take the job in time. */
  readonly onUnresponsive: () => void;
}

/** Processes that may fail to take a job before the job fails. The second is a new one: see `Decoders.distrust`. */
const MAX_PROCESSES = 2;

/**
 * Renders a picture in a decoder. A picture can only be at fault for the end of a decoder that has begun it. If a decoder
 * ends before that, another one gets the job.
 * Rejects with OutOfTimeError, UnreadableImageError, DecoderUnavailableError, ImagingClosedError, or the decoder's error.
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
      return pictureOf(outcome);
    } catch (error) {
      if (!(error instanceof DecoderLostError)) {
        throw error;
      }
      forget(decoders, decoder, error, options);
      if (processes === MAX_PROCESSES) {
        throw new DecoderUnavailableError({ cause: error });
      }
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

/** Removes a lost process from the pool, and reports why. Throws if no other process should try the job. */
function forget(
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
  if (lost.begun) {
    decoders.replace(decoder);
    throw lost.timedOut
      ? new OutOfTimeError(undefined, { cause: lost })
      : new UnreadableImageError('The picture could not be read: its decoder crashed.', { cause: lost });
  }
  decoders.distrust(decoder);
  if (lost.timedOut) {
    onUnresponsive();
  }
}
