const LOCK = "crmplus-chat-writer";

/**
 * Resolves when this background is the only one of the profile that may touch the records. During an update
 * two backgrounds can run for a moment; two writers of one ratchet state would destroy it. The lock is held
 * until this context ends.
 */
export function soleWriter(locks: LockManager = navigator.locks): () => Promise<void> {
  let granted: Promise<void> | null = null;
  return () => {
    granted ??= new Promise((resolve, reject) => {
      locks
        .request(LOCK, { mode: "exclusive" }, () => {
          resolve();
          return new Promise<never>(() => undefined);
        })
        .catch((error: unknown) => {
          granted = null;
          reject(error);
        });
    });
    return granted;
  };
}
