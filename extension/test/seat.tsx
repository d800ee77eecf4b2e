import { render } from "preact";
import { act } from "preact/test-utils";
import type { ConversationView, View } from "../src/core/types";
import { App } from "../src/panel/app";
import type { Sight } from "../src/panel/sight";
import { FakeBackend } from "./fake-backend";
import { granted } from "./fake-views";

/** Somebody at a panel: presses what has a name, fills in what has a label, reads. */
export class Seat {
  readonly backend: FakeBackend;
  /** False while something lies over the panel. */
  trusted = true;
  readonly #root = document.createElement("div");
  readonly #conversation: ConversationView | null;

  private constructor(view: View, conversation: ConversationView | null) {
    this.backend = new FakeBackend(granted(view, conversation));
    this.#conversation = conversation;
    document.body.replaceChildren(this.#root);
  }

  static async take(view: View, conversation: ConversationView | null = null): Promise<Seat> {
    const seat = new Seat(view, conversation);
    const sight = { trustClick: () => seat.trusted, seen: () => true, subscribe: () => () => undefined };
    await act(() =>
      render(<App backend={seat.backend} sight={sight as unknown as Sight} framed={true} />, seat.#root),
    );
    return seat;
  }

  leave(): void {
    render(null, this.#root);
  }

  get text(): string {
    return this.#root.textContent ?? "";
  }

  get heading(): string {
    return this.find("h1").textContent ?? "";
  }

  /** What a screen reader is told at once. */
  get alerts(): string[] {
    return this.all("[role=alert]").flatMap((e) => (e.textContent === "" ? [] : [e.textContent ?? ""]));
  }

  /** What it is told when there is time. */
  get status(): string[] {
    return this.all("[role=status]").flatMap((e) => (e.textContent === "" ? [] : [e.textContent ?? ""]));
  }

  /** What was asked of the core, without jobs that were forgotten and what is watched. */
  get asked(): string[] {
    return this.backend.calls.filter((call) => !/^(forgetJob|watch|markRead|ask) ?/.test(call));
  }

  get buttons(): string[] {
    return this.all("button").map(nameOf);
  }

  find<T extends HTMLElement = HTMLElement>(selector: string): T {
    const element = this.#root.querySelector<T>(selector);
    if (element === null) throw new Error(`nothing is ${selector}`);
    return element;
  }

  all(selector: string): HTMLElement[] {
    return [...this.#root.querySelectorAll<HTMLElement>(selector)];
  }

  /** By its whole name, or a part of it where none is called just that. */
  button(name: string): HTMLButtonElement {
    const all = this.all("button");
    const button = all.find((b) => nameOf(b) === name) ?? all.find((b) => nameOf(b).includes(name));
    if (button === undefined) throw new Error(`no button "${name}" among: ${this.buttons.join(", ")}`);
    return button as HTMLButtonElement;
  }

  async press(...names: string[]): Promise<void> {
    for (const name of names) {
      const button = this.button(name);
      button.focus();
      await act(async () => button.click());
      await act(settled);
    }
  }

  /** The field with this label. */
  field(label: string): HTMLInputElement {
    const found = this.all("label").find((one) => one.textContent?.startsWith(label));
    if (found === undefined) throw new Error(`no field "${label}"`);
    const id = found.getAttribute("for");
    return (id === null ? found.querySelector("input") : document.getElementById(id)) as HTMLInputElement;
  }

  async fill(label: string, value: string): Promise<void> {
    const field = this.field(label);
    await act(() => {
      field.value = value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }

  async tick(label: string): Promise<void> {
    await act(() => this.field(label).click());
  }

  /** Sends the form that has this button. */
  async send(button: string): Promise<void> {
    const form = this.button(button).form;
    await act(async () => {
      form?.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
    });
    await act(settled);
  }

  see(view: View): Promise<void> {
    return act(() => this.backend.set(granted(view, this.#conversation)));
  }

  /** The newest job fails. */
  fail(code: string): Promise<void> {
    const id = this.backend.lastJob;
    const problem = { code, message: "" };
    return act(() => this.backend.job({ id, state: "failed", problem, result: null }));
  }
}

function nameOf(element: HTMLElement): string {
  return element.getAttribute("aria-label") ?? element.textContent ?? "";
}

/** Frames and answers that were asked for have come. */
function settled(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => resolve()));
}
