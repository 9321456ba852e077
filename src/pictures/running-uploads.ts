/** Uploads of this server that are in progress, so that the deletion of a user can end them. */
export interface RunningUploads {
  /**
   * Runs an upload of a user. @param upload gets a signal that aborts with the reason of {@link end}.
   * @returns the result of the upload.
   */
  run<T>(userId: string, upload: (ended: AbortSignal) => Promise<T>): Promise<T>;
  /** Aborts all uploads of a user that run now. Resolves when they have cleaned up. Never rejects. */
  end(userId: string, reason: Error): Promise<void>;
}

interface RunningUpload {
  readonly controller: AbortController;
  readonly result: Promise<unknown>;
}

/** Creates an empty list. */
export function createRunningUploads(): RunningUploads {
  const uploadsOf = new Map<string, Set<RunningUpload>>();

  return {
    async run(userId, upload) {
      const controller = new AbortController();
      const result = upload(controller.signal);
      const running: RunningUpload = { controller, result };
      const uploads = uploadsOf.get(userId) ?? new Set();
      uploadsOf.set(userId, uploads.add(running));
      try {
        return await result;
      } finally {
        uploads.delete(running);
        if (uploads.size === 0) {
          uploadsOf.delete(userId);
        }
      }
    },

    async end(userId, reason) {
      const uploads = [...(uploadsOf.get(userId) ?? [])];
      for (const { controller } of uploads) {
        controller.abort(reason);
      }
      await Promise.allSettled(uploads.map(({ result }) => result));
    },
  };
}
