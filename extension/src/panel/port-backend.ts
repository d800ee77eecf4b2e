import type { Problem } from "../core/types";
import { PANEL_PORT, type PanelCommand, type PanelNews } from "../messages/panel";
import type { PortLike } from "../messages/sender";
import { type Backend, FIRST_STATE, type PanelState } from "./backend";

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;
const HERE_EVERY_MS = 20_000;

/** Talks to the background and comes back when the browser ended it. */
export class PortBackend implements Backend {
  readonly #connect: (name: string) => PortLike;
  readonly #listeners = new Set<(state: PanelState) => void>();
  readonly #pending = new Map<number, (problem: Problem | null) => void>();
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

  watch(user: string | null): void {
    this.#watching = user;
    if (this.#state.conversation?.user !== user) this.#set({ conversation: null });
    this.#post({ kind: "watch", user });
  }

  join(invite: string): Promise<Problem | null> {
    return this.#ask((id) => ({ kind: "join", id, invite }));
  }

  send(user: string, message: string): Promise<Problem | null> {
    return this.#ask((id) => ({ kind: "send", id, user, text: message }));
  }

  read(user: string): void {
    this.#post({ kind: "read", user });
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
    if (this.#watching !== null) this.#post({ kind: "watch", user: this.#watching });
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
            news.conversation?.user === this.#watching ? news.conversation : this.#state.conversation,
        });
        break;
      case "done":
        this.#pending.get(news.id)?.(news.error);
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
    for (const settle of this.#pending.values()) settle({ code: "lost_background", message: "" });
    this.#pending.clear();
  }

  #ask(make: (id: number) => PanelCommand): Promise<Problem | null> {
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
