/** How long the panel must have been plainly visible before a click counts. */
const SETTLED_MS = 400;

interface EntryV2 extends IntersectionObserverEntry {
  readonly isVisible?: boolean;
}

/**
 * Can the person see the panel? Closed or scrolled away means not on screen; Chromium also says when the page
 * has put something over the frame or made it see-through (clickjacking). The page cannot fake either.
 */
export class Sight {
  #onScreen = true;
  #covered = false;
  #clearSince = 0;
  readonly #listeners = new Set<() => void>();

  /** `guard` where somebody else's page lies around us. */
  watch(element: Element, guard: boolean): void {
    const options: IntersectionObserverInit & { trackVisibility?: boolean; delay?: number } = {
      threshold: [0, 0.5, 1],
    };
    const canTrack = "isVisible" in IntersectionObserverEntry.prototype;
    if (guard && canTrack) Object.assign(options, { trackVisibility: true, delay: 100 });
    new IntersectionObserver((entries) => {
      const last = entries.at(-1) as EntryV2 | undefined;
      if (last === undefined) return;
      const covered = guard && canTrack && last.isVisible === false;
      if (this.#covered && !covered) this.#clearSince = performance.now();
      this.#covered = covered;
      this.#onScreen = last.isIntersecting;
      for (const changed of this.#listeners) changed();
    }, options).observe(element);
    document.addEventListener("visibilitychange", () => {
      for (const changed of this.#listeners) changed();
    });
  }

  /** False while something lies over the panel, and for a moment afterwards. */
  trustClick(): boolean {
    return !this.#covered && performance.now() - this.#clearSince >= SETTLED_MS;
  }

  seen(): boolean {
    return this.#onScreen && !this.#covered && document.visibilityState === "visible";
  }

  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }
}
