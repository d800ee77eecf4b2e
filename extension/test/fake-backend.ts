import type { Problem } from "../src/core/types";
import type { Backend, PanelState } from "../src/panel/backend";

/** A panel's door with nothing behind it; remembers what was asked. */
export class FakeBackend implements Backend {
  readonly calls: string[] = [];
  answer: Problem | null = null;
  #listeners = new Set<(state: PanelState) => void>();
  #state: PanelState;

  constructor(state: PanelState) {
    this.#state = state;
  }

  set(state: PanelState): void {
    this.#state = state;
    for (const take of this.#listeners) take(state);
  }

  subscribe(take: (state: PanelState) => void): () => void {
    this.#listeners.add(take);
    take(this.#state);
    return () => this.#listeners.delete(take);
  }

  watch(user: string | null): void {
    this.calls.push(`watch ${user}`);
  }

  async join(invite: string): Promise<Problem | null> {
    this.calls.push(`join ${invite}`);
    return this.answer;
  }

  async send(user: string, message: string): Promise<Problem | null> {
    this.calls.push(`send ${user.slice(0, 4)} ${message}`);
    return this.answer;
  }

  read(user: string): void {
    this.calls.push(`read ${user.slice(0, 4)}`);
  }

  retry(): void {
    this.calls.push("retry");
  }

  close(): void {
    this.calls.push("close");
  }

  openWindow(): void {
    this.calls.push("window");
  }
}
