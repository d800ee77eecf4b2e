// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Placement } from "../src/content/placement";

/**
 * The browser's part: `report` tells what is seen of the button, as a browser does it that is asked to. `look` does what a
 * browser does once per frame: it tells whether the button stands in the page, if that is new since it last looked.
 */
class FakeObserver {
  static report: (seen: number) => void;
  static look: () => void;
  #watched: Element | null = null;
  #told: boolean | null = null;
  constructor(take: (entries: Partial<IntersectionObserverEntry>[]) => void) {
    FakeObserver.report = (seen) => take([{ isIntersecting: seen > 0, intersectionRatio: seen }]);
    FakeObserver.look = () => {
      if (this.#watched === null || this.#watched.isConnected === this.#told) return;
      this.#told = this.#watched.isConnected;
      FakeObserver.report(this.#told ? 1 : 0);
    };
  }
  observe = (element: Element) => {
    if (this.#watched !== element) this.#told = null;
    this.#watched = element;
  };
  unobserve = () => {
    this.#watched = null;
  };
  disconnect = () => this.unobserve();
}

let host: HTMLElement;
let moves: boolean[];
let placement: Placement;

beforeEach(() => {
  vi.stubGlobal("IntersectionObserver", FakeObserver);
  document.body.innerHTML = "<main>CRM</main>";
  host = document.createElement("div");
  moves = [];
  placement = new Placement(host, (inHeader) => moves.push(inHeader));
});
afterEach(() => placement.stop());

/** As CRM+ builds it: a new element, first in the body, each time. */
function buildHeader(): HTMLElement {
  document.getElementById("mcp-crm-header")?.remove();
  const header = document.createElement("div");
  header.id = "mcp-crm-header";
  header.innerHTML = `<div class="group">logo</div><div class="group right-buttons"><div class="dropdown">History</div></div>`;
  document.body.prepend(header);
  return header;
}

const place = () => host.parentElement?.className;

test("without a header the button floats", () => {
  placement.start();
  expect(moves).toEqual([false]);
});

test("the button is the first child of the right-hand group", () => {
  buildHeader();
  placement.start();
  expect(place()).toBe("group right-buttons");
  expect(host.previousElementSibling).toBeNull();
  FakeObserver.report(1);
  expect(moves).toEqual([true]);
});

test("a header that comes later is found", async () => {
  placement.start();
  buildHeader();
  await expect.poll(place).toBe("group right-buttons");
});

test("after each rebuild there is exactly one button, in the new header", async () => {
  buildHeader();
  placement.start();
  for (let i = 0; i < 5; i++) {
    const header = buildHeader();
    await expect.poll(() => header.contains(host)).toBe(true);
  }
  expect(document.querySelectorAll(".right-buttons > :first-child:not(.dropdown)")).toHaveLength(1);
});

test("when the header goes, the button floats", async () => {
  const header = buildHeader();
  placement.start();
  FakeObserver.report(1);
  header.remove();
  await expect.poll(() => moves).toEqual([true, false]);
});

test.each(["the same", "a new"])(
  "%s header that is back before the browser looks again has the button",
  async (which) => {
    const header = buildHeader();
    placement.start();
    FakeObserver.look();
    header.remove();
    await expect.poll(() => moves).toEqual([true, false]);
    if (which === "the same") document.body.prepend(header);
    else buildHeader();
    await expect.poll(() => host.isConnected).toBe(true);
    // The observer of the body's children hears of it.
    await Promise.resolve();
    FakeObserver.look();
    expect(moves).toEqual([true, false, true]);
  },
);

test("what was seen of a header that has gone since counts no more", () => {
  const header = buildHeader();
  placement.start();
  header.remove();
  FakeObserver.report(1);
  expect(moves).toEqual([false]);
});

test.each([0, 0.4, 0.9])("seen by %d only, the button floats", (seen) => {
  buildHeader();
  placement.start();
  FakeObserver.report(1);
  FakeObserver.report(seen);
  expect(moves).toEqual([true, false]);
});

test("with room again it returns to the header", () => {
  buildHeader();
  placement.start();
  FakeObserver.report(0);
  FakeObserver.report(1);
  expect(moves).toEqual([false, true]);
});

test("taken out of a header that stays, it is put back", () => {
  buildHeader();
  placement.start();
  host.remove();
  FakeObserver.report(0);
  expect(place()).toBe("group right-buttons");
});

test("a page that keeps taking it out wins, and is not fought over for ever", () => {
  buildHeader();
  placement.start();
  for (let i = 0; i < 100; i++) {
    host.remove();
    FakeObserver.report(0);
  }
  expect(host.isConnected).toBe(false);
});
