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

/** When the alarm rang last; in the session's memory, since the background may have ended during the sleep. */
export interface LastRing {
  read(): Promise<unknown>;
  write(at: number | null): Promise<void>;
}

/** Notices from the wall clock that no alarm could ring for a while: the laptop was closed. */
export class SleepWatch {
  readonly #last: LastRing;

  constructor(last: LastRing) {
    this.#last = last;
  }

  /** Call at each alarm. True when the computer slept since the last one. */
  async ring(now: number): Promise<boolean> {
    const last = await this.#last.read();
    await this.#last.write(now);
    return typeof last === "number" && now - last > SLEEP_GAP_MS;
  }

  /** The alarm is off: that it does not ring is no sleep. */
  forget(): Promise<void> {
    return this.#last.write(null);
  }
}
