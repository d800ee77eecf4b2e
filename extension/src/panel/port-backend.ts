import type { Problem } from "../core/types";
import type { CommandArgs, CommandName, Queries, QueryName } from "../messages/commands";
import { PANEL_PORT, type PanelCommand, type PanelNews } from "../messages/panel";
import type { PortLike } from "../messages/sender";
import type { PrintJob } from "../messages/sheet";
import { type Answer, type Backend, FIRST_STATE, type PanelState } from "./backend";

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;
const HERE_EVERY_MS = 20_000;

interface Done {
  error: Problem | null;
  result?: unknown;
}

/** Talks to the background and comes back when the browser ended it. */
export class PortBackend implements Backend {
  readonly #connect: (name: string) => PortLike;
  readonly #listeners = new Set<(state: PanelState) => void>();
  readonly #pending = new Map<number, (done: Done) => void>();
  /** Asked while the background was away; nobody has seen these yet, so they can go later. */
  readonly #unsent: PanelCommand[] = [];
  #state = FIRST_STATE;
  #port: PortLike | null = null;
  #token: string | null;
  #watching: string | null = null;
  #pause = FIRST_PAUSE_MS;
  #nextId = 0;

  constructor(token: string | null, connect: (name: string) => PortLike) {
    this.#token = token;
    this.#connect = connect;
  }

  start(): void {
    this.#open();
    setInterval(() => {
      if (document.visibilityState === "visible") this.#post({ kind: "here" });
    }, HERE_EVERY_MS);
    window.addEventListener("online", () => this.#post({ kind: "network", online: true }));
    window.addEventListener("offline", () => this.#post({ kind: "network", online: false }));
  }

  subscribe(take: (state: PanelState) => void): () => void {
    this.#listeners.add(take);
    take(this.#state);
    return () => this.#listeners.delete(take);
  }

  watch(target: string | null): void {
    this.#watching = target;
    if (this.#state.conversation?.with !== target) this.#set({ conversation: null });
    this.#post({ kind: "watch", target });
  }

  async do<K extends CommandName>(command: K, ...args: CommandArgs<K>): Promise<Problem | null> {
    return (await this.#request((id) => ({ kind: "do", id, command, args }))).error;
  }

  async ask<K extends QueryName>(
    query: K,
    ...args: Queries[K]["args"]
  ): Promise<Answer<Queries[K]["answer"]>> {
    const { error, result } = await this.#request((id) => ({ kind: "ask", id, query, args }));
    if (error !== null) return { problem: error, value: null };
    return { problem: null, value: result as Queries[K]["answer"] };
  }

  async print(job: PrintJob): Promise<Problem | null> {
    return (await this.#request((id) => ({ kind: "print", id, job }))).error;
  }

  active(): void {
    this.#post({ kind: "active" });
  }

  retry(): void {
    this.#post({ kind: "retry" });
  }

  close(): void {
    this.#post({ kind: "close" });
  }

  openWindow(): void {
    this.#post({ kind: "window" });
  }

  #open(): void {
    let port: PortLike;
    try {
      port = this.#connect(PANEL_PORT);
    } catch {
      // The extension was updated or removed under this page.
      this.#set({ access: "refused" });
      this.#settleAll();
      return;
    }
    this.#port = port;
    port.onMessage.addListener((news) => this.#take(news as PanelNews));
    port.onDisconnect.addListener(() => this.#lost(port));
    this.#post({ kind: "hello", token: this.#token });
    if (this.#watching !== null) this.#post({ kind: "watch", target: this.#watching });
    for (const command of this.#unsent.splice(0)) this.#post(command);
  }

  #take(news: PanelNews): void {
    switch (news.kind) {
      case "welcome":
        this.#token = news.next;
        this.#pause = FIRST_PAUSE_MS;
        this.#set({ access: "granted" });
        break;
      case "refused":
        this.#set({ ...FIRST_STATE, access: "refused" });
        break;
      case "state":
        this.#set({
          view: news.view ?? this.#state.view,
          fault: news.fault,
          conversation:
            news.conversation?.with === this.#watching ? news.conversation : this.#state.conversation,
        });
        break;
      case "done":
        this.#pending.get(news.id)?.(news);
        this.#pending.delete(news.id);
        break;
    }
  }

  #lost(port: PortLike): void {
    if (this.#port !== port) return;
    this.#port = null;
    // Whether these were carried out is not known, so they are not sent a second time.
    this.#settleAll();
    if (this.#state.access === "refused") return;
    setTimeout(() => this.#open(), this.#pause);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
  }

  #settleAll(): void {
    for (const settle of this.#pending.values()) settle({ error: { code: "lost_background", message: "" } });
    this.#pending.clear();
  }

  #request(make: (id: number) => PanelCommand): Promise<Done> {
    return new Promise((resolve) => {
      const id = this.#nextId++;
      this.#pending.set(id, resolve);
      const command = make(id);
      if (!this.#post(command)) this.#unsent.push(command);
    });
  }

  #post(command: PanelCommand): boolean {
    try {
      this.#port?.postMessage(command);
      return this.#port !== null;
    } catch {
      return false;
    }
  }

  #set(change: Partial<PanelState>): void {
    this.#state = { ...this.#state, ...change };
    for (const take of this.#listeners) take(this.#state);
  }
}
