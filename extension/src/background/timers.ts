/** Longer delays wrap around in browsers; waking early is harmless. */
const LONGEST_DELAY_MS = 0x7fff_ffff;
/** The alarm rings every 30 s; two missed ones mean that the computer slept. */
const SLEEP_GAP_MS = 75_000;

/** The core's one timer. A later call replaces an earlier one. */
export class WakeTimer {
  readonly #due: () => void;
  readonly #now: () => number;
  #handle: ReturnType<typeof setTimeout> | null = null;

  constructor(due: () => void, now: () => number) {
    this.#due = due;
    this.#now = now;
  }

  wakeAt(at: number | null): void {
    if (this.#handle !== null) clearTimeout(this.#handle);
    this.#handle = null;
    if (at === null) return;
    const delay = Math.min(Math.max(at - this.#now(), 0), LONGEST_DELAY_MS);
    this.#handle = setTimeout(() => {
      this.#handle = null;
      this.#due();
    }, delay);
  }
}

/** Notices from the wall clock that no alarm could ring for a while: the laptop was closed. */
export class SleepWatch {
  #last: number | null = null;

  /** Call at each alarm. True when the computer slept since the last one. */
  ring(now: number): boolean {
    const slept = this.#last !== null && now - this.#last > SLEEP_GAP_MS;
    this.#last = now;
    return slept;
  }
}
