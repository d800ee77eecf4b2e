/** The core wants to hear of somebody at the computer, but not more often than this. */
const EVERY_MS = 20_000;

/** Lets the first word of somebody's activity through and holds back those that follow too soon. */
export class ActivityGate {
  #last = Number.NEGATIVE_INFINITY;

  /** True when the core should hear of it. A clock that was set back counts as long ago. */
  pass(now: number): boolean {
    if (now >= this.#last && now - this.#last < EVERY_MS) return false;
    this.#last = now;
    return true;
  }
}
