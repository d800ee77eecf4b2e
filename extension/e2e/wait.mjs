import { setTimeout as pause } from "node:timers/promises";

const LOOK_EVERY_MS = 50;

/**
 * Waits until `probe` gives something true and returns that. A probe may fail meanwhile: frames reload, pages
 * navigate. The error says what was waited for and what was seen last.
 */
export async function until(what, probe, { within = 15_000, seen = () => undefined } = {}) {
  const deadline = Date.now() + within;
  let failure = null;
  do {
    try {
      const value = await probe();
      if (value) return value;
      failure = null;
    } catch (error) {
      if (error instanceof ReferenceError) throw error;
      failure = error;
    }
    await pause(LOOK_EVERY_MS);
  } while (Date.now() < deadline);
  const last = await Promise.resolve()
    .then(seen)
    .catch((error) => `(${error.message})`);
  const shown = [failure?.message, last === undefined ? null : JSON.stringify(last, null, 1)].filter(Boolean);
  throw new Error(`within ${within} ms never seen: ${what}\n${shown.join("\n")}`);
}

/** `promise`, or an error when it takes too long. */
export async function within(ms, what, promise) {
  const late = new AbortController();
  try {
    return await Promise.race([
      promise,
      pause(ms, undefined, { signal: late.signal }).then(() => {
        throw new Error(`${what} took longer than ${ms} ms`);
      }),
    ]);
  } finally {
    late.abort();
  }
}
