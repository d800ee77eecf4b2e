import type { Problem } from "../src/core/types";
import type { CommandArgs, CommandName, Queries, QueryName } from "../src/messages/commands";
import type { PrintJob } from "../src/messages/sheet";
import type { Answer, Backend, PanelState } from "../src/panel/backend";

/** A panel's door with nothing behind it; remembers what was asked. */
export class FakeBackend implements Backend {
  readonly calls: string[] = [];
  readonly printed: PrintJob[] = [];
  answer: Problem | null = null;
  /** What questions are answered with, by their name. */
  answers: { [K in QueryName]?: Queries[K]["answer"] } = {};
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

  watch(target: string | null): void {
    this.calls.push(`watch ${target}`);
  }

  async do<K extends CommandName>(command: K, ...args: CommandArgs<K>): Promise<Problem | null> {
    this.calls.push([command, ...args.map(spoken)].join(" "));
    return this.answer;
  }

  async ask<K extends QueryName>(
    query: K,
    ...args: Queries[K]["args"]
  ): Promise<Answer<Queries[K]["answer"]>> {
    this.calls.push(["ask", query, ...args.map(spoken)].join(" "));
    const value = this.answers[query] as Queries[K]["answer"] | undefined;
    if (value === undefined)
      return { problem: this.answer ?? { code: "internal", message: "" }, value: null };
    return { problem: null, value };
  }

  async print(job: PrintJob): Promise<Problem | null> {
    this.calls.push("print");
    this.printed.push(job);
    return this.answer;
  }

  active(): void {
    this.calls.push("active");
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

/** Ids are long; four digits tell the made-up people apart. */
function spoken(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value);
  return value.replace(/^((?:user:|room:)?[0-9a-f]{4})[0-9a-f]{28}$/, "$1");
}
