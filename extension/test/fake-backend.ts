import type { Job, JobResult, Problem } from "../src/core/types";
import type { CommandArgs, CommandName, Queries, QueryName } from "../src/messages/commands";
import type { PrintJob } from "../src/messages/sheet";
import type { Answer, Backend, PanelState } from "../src/panel/backend";

/** How a place of the panel names its job. */
const JOB = /^[0-9a-z]{1,7}(-[0-9a-z]{1,7}){3}$/;

/** A panel's door with nothing behind it; remembers what was asked. */
export class FakeBackend implements Backend {
  readonly calls: string[] = [];
  readonly printed: PrintJob[] = [];
  answer: Problem | null = null;
  lastJob = "";
  /** What questions are answered with, by their name. */
  answers: { [K in QueryName]?: Queries[K]["answer"] } = {};
  /** What jobs come to, by their command; done at once. */
  results: { [K in CommandName]?: JobResult | null } = {};
  #listeners = new Set<(state: PanelState) => void>();
  #state: PanelState;

  constructor(state: PanelState) {
    this.#state = state;
  }

  set(state: PanelState): void {
    this.#state = state;
    for (const take of this.#listeners) take(state);
  }

  /** Shows a job as the core would. */
  job(job: Job): void {
    const { view } = this.#state;
    if (view === null) return;
    const others = view.jobs.filter((one) => one.id !== job.id);
    this.set({ ...this.#state, view: { ...view, jobs: [...others, job] } });
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
    const job = JOB.test(String(args.at(-1))) ? String(args.at(-1)) : null;
    const said = job === null || command === "forgetJob" ? args : args.slice(0, -1);
    this.calls.push([command, ...said.map(spoken)].join(" "));
    const result = this.results[command];
    if (job !== null && result !== undefined && this.answer === null) {
      this.job({ id: job, state: "done", problem: null, result });
    }
    if (job !== null && command !== "forgetJob") this.lastJob = job;
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
