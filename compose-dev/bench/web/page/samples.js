/** Microseconds of each thing, round by round. */
export class Samples {
  #micros = new Map();

  add(what, micros) {
    if (!this.#micros.has(what)) this.#micros.set(what, []);
    this.#micros.get(what).push(micros);
  }

  /** Does something once and notes how long it took. */
  time(what, work) {
    const began = now();
    const result = work();
    this.add(what, now() - began);
    return result;
  }

  lines(devices) {
    return [...this.#micros].map(([what, us]) => ({ what, devices, us }));
  }
}

/** The page is isolated, so the browser rounds to 5 us (Chromium) or 20 us (Firefox). */
let clock = () => performance.now() * 1000;

/** Microseconds from a beginning that means nothing. */
export function now() {
  return clock();
}

/** Another clock, before anything is measured. */
export function useClock(other) {
  clock = other;
}
