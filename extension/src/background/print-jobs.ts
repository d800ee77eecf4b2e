import { type PortLike, type Self, sheetSender } from "../messages/sender";
import type { PrintJob } from "../messages/sheet";

/** From the click to the page asking for its content. */
const FETCH_WITHIN_MS = 60_000;
const MOST_WAITING = 8;

export interface PrintDoors {
  self: Self;
  openPage(number: string): Promise<void>;
  now(): number;
}

/**
 * What is about to be printed, each under a one-time number that the new page has in its address. Kept in the
 * background's memory alone: it holds secrets, and should the background end first, one clicks again.
 */
export class PrintJobs {
  readonly #doors: PrintDoors;
  readonly #waiting = new Map<string, { job: PrintJob; until: number }>();

  constructor(doors: PrintDoors) {
    this.#doors = doors;
  }

  async open(job: PrintJob): Promise<void> {
    this.#forgetOld();
    const oldest = this.#waiting.keys().next().value;
    if (this.#waiting.size >= MOST_WAITING && oldest !== undefined) this.#waiting.delete(oldest);
    const number = crypto.randomUUID().replaceAll("-", "");
    this.#waiting.set(number, { job, until: this.#doors.now() + FETCH_WITHIN_MS });
    try {
      await this.#doors.openPage(number);
    } catch (error) {
      this.#waiting.delete(number);
      throw error;
    }
  }

  /** Answers the first message, the number, with the job or `null`, and hangs up. */
  accept(port: PortLike): void {
    if (!sheetSender(port.sender, this.#doors.self)) {
      port.disconnect();
      return;
    }
    let asked = false;
    port.onMessage.addListener((number) => {
      if (asked) return;
      asked = true;
      this.#forgetOld();
      const found = typeof number === "string" ? this.#waiting.get(number) : undefined;
      if (typeof number === "string") this.#waiting.delete(number);
      port.postMessage(found?.job ?? null);
    });
  }

  #forgetOld(): void {
    const now = this.#doors.now();
    for (const [number, { until }] of this.#waiting) if (until <= now) this.#waiting.delete(number);
  }
}
