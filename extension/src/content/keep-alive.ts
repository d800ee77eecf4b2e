import { KEEP_ALIVE_PORT } from "../messages/page";
import type { PortLike } from "../messages/sender";
import { connectPort } from "../platform/runtime";

/** Firefox ends an event page after 30 s without a message from a page; its own socket does not count. */
const EVERY_MS = 15_000;

/** Keeps Firefox's event page, and with it the connection, alive while a CRM page is open. */
export class KeepAlive {
  #port: PortLike | null = null;
  #timer: ReturnType<typeof setInterval> | null = null;

  set(wanted: boolean): void {
    if (!__EVENT_PAGE__ || wanted === (this.#timer !== null)) return;
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = wanted ? setInterval(() => this.#beat(), EVERY_MS) : null;
    if (wanted) this.#beat();
  }

  #beat(): void {
    try {
      if (this.#port === null) {
        const port = connectPort(KEEP_ALIVE_PORT);
        port.onDisconnect.addListener(() => {
          if (this.#port === port) this.#port = null;
        });
        this.#port = port;
      }
      this.#port.postMessage(null);
    } catch {
      // The extension was updated or removed; this page gets the new one with its next load.
      this.set(false);
    }
  }
}
