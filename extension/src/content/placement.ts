const HEADER_ID = "mcp-crm-header";
/** Nearly whole: half a pixel of rounding is not "cut off". */
const WHOLE = 0.95;
/** CRM+ rebuilds the header now and then; a page that fights over it gets the floating button instead. */
const MOST_INSERTS_PER_MINUTE = 30;

/**
 * Keeps the header button as first child of the header's right-hand group and tells whether a person can see
 * it there. Two observers and no timer: the header is always a direct child of the body, and the browser
 * reports by itself when the button is clipped, hidden, pushed out of the window or taken away.
 */
export class Placement {
  readonly #host: HTMLElement;
  readonly #moved: (inHeader: boolean) => void;
  readonly #children = new MutationObserver(() => this.#check());
  readonly #sight: IntersectionObserver;
  #body: HTMLElement | null = null;
  #inserts: number[] = [];
  #visible: boolean | null = null;

  constructor(host: HTMLElement, moved: (inHeader: boolean) => void) {
    this.#host = host;
    this.#moved = moved;
    this.#sight = new IntersectionObserver((entries) => this.#seen(entries), { threshold: [0, WHOLE, 1] });
  }

  start(): void {
    this.#check();
  }

  stop(): void {
    this.#children.disconnect();
    this.#sight.disconnect();
    this.#host.remove();
  }

  /** Lower edge of the header while it is shown, 0 without one. */
  headerBottom(): number {
    const bottom = document.getElementById(HEADER_ID)?.getBoundingClientRect().bottom ?? 0;
    return Math.min(Math.max(Math.round(bottom), 0), 64);
  }

  #check(): void {
    this.#watch();
    const group = document.getElementById(HEADER_ID)?.querySelector(".right-buttons");
    if (!group) {
      // Said here and not by the browser, which would keep silent about a header that is back before it looks again.
      this.#sight.unobserve(this.#host);
      this.#report(false);
      return;
    }
    if (this.#host.parentNode !== group && this.#mayInsert()) group.prepend(this.#host);
    this.#sight.observe(this.#host);
  }

  /** A page may replace its whole body; then the new one is watched. */
  #watch(): void {
    if (this.#body === document.body) return;
    this.#body = document.body;
    this.#children.disconnect();
    this.#children.observe(document.documentElement, { childList: true });
    if (this.#body) this.#children.observe(this.#body, { childList: true });
  }

  #seen(entries: IntersectionObserverEntry[]): void {
    const last = entries.at(-1);
    if (last === undefined) return;
    this.#report(this.#host.isConnected && last.isIntersecting && last.intersectionRatio >= WHOLE);
    if (!this.#host.isConnected) this.#check();
  }

  #report(visible: boolean): void {
    if (visible === this.#visible) return;
    this.#visible = visible;
    this.#moved(visible);
  }

  #mayInsert(): boolean {
    const now = Date.now();
    this.#inserts = this.#inserts.filter((at) => now - at < 60_000);
    if (this.#inserts.length >= MOST_INSERTS_PER_MINUTE) return false;
    this.#inserts.push(now);
    return true;
  }
}
