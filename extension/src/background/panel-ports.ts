import type { Core, Effects } from "../core/types";
import { answer, turn } from "../messages/commands";
import { type PanelCommand, type PanelNews, parsePanelCommand } from "../messages/panel";
import { type PanelSender, type PortLike, panelSender, type Self } from "../messages/sender";
import type { PrintJob } from "../messages/sheet";
import type { HostState } from "./core-host";
import type { PanelTokens } from "./panel-tokens";
import { toProblem } from "./problem";

/** One person has a handful of tabs; more panels than this is somebody playing. */
const MOST_PANELS = 32;
/** Commands of one panel that may wait; a person cannot type faster. */
const MOST_WAITING = 200;

export interface PanelDoors {
  self: Self;
  tokens: Pick<PanelTokens, "issue" | "redeem">;
  command(action: (core: Core, now: number) => Effects): Promise<void>;
  event(action: (core: Core, now: number) => Effects): void;
  ask<T>(question: (core: Core) => T): Promise<T>;
  look(look: (state: HostState) => void): void;
  print(job: PrintJob): Promise<void>;
  active(): void;
  closePanel(tabId: number): void;
  openWindow(): void;
}

interface Panel {
  port: PortLike;
  sender: PanelSender;
  admitted: boolean;
  watching: string | null;
  waiting: number;
  turn: Promise<void>;
}

/** The panels that are open: checks who they are, takes their commands, sends them each new state. */
export class PanelPorts {
  readonly #doors: PanelDoors;
  readonly #panels = new Set<Panel>();

  constructor(doors: PanelDoors) {
    this.#doors = doors;
  }

  accept(port: PortLike): void {
    const sender = panelSender(port.sender, this.#doors.self);
    if (sender === null || this.#panels.size >= MOST_PANELS) {
      port.disconnect();
      return;
    }
    const panel: Panel = {
      port,
      sender,
      admitted: false,
      watching: null,
      waiting: 0,
      turn: Promise.resolve(),
    };
    this.#panels.add(panel);
    port.onDisconnect.addListener(() => this.#panels.delete(panel));
    port.onMessage.addListener((message) => this.#enqueue(panel, message));
  }

  publish(state: HostState): void {
    for (const panel of this.#panels) if (panel.admitted) this.#show(panel, state);
  }

  /** Tab of a panel that stands in a window of its own, if there is one. */
  ownWindow(): { tabId: number; windowId: number } | null {
    for (const { admitted, sender } of this.#panels) if (admitted && !sender.framed) return sender;
    return null;
  }

  /** In the order they came: a `watch` right behind a `hello` must not overtake it. */
  #enqueue(panel: Panel, message: unknown): void {
    const command = parsePanelCommand(message);
    if (command === null) return;
    if (panel.waiting >= MOST_WAITING) {
      this.#end(panel);
      return;
    }
    panel.waiting += 1;
    panel.turn = panel.turn
      .then(() => this.#carryOut(panel, command))
      .catch(() => undefined)
      .finally(() => {
        panel.waiting -= 1;
      });
  }

  async #carryOut(panel: Panel, command: PanelCommand): Promise<void> {
    if (command.kind === "hello") return this.#admit(panel, command.token);
    if (!panel.admitted) return this.#refuse(panel);
    const { command: run, ask, print, active, event, look, closePanel, openWindow } = this.#doors;
    switch (command.kind) {
      case "watch":
        panel.watching = command.target;
        return look((state) => this.#show(panel, state));
      case "do":
        return this.#answer(panel, command.id, () =>
          run((core, now) => turn(core, command.command, command.args, now)),
        );
      case "ask":
        return this.#answer(panel, command.id, () =>
          ask((core) => answer(core, command.query, command.args)),
        );
      case "print":
        return this.#answer(panel, command.id, () => print(command.job));
      case "network":
        return event((core, now) => core.hint(command.online ? "online" : "offline", now));
      case "retry":
        return event((core, now) => core.hint("wake", now));
      case "close":
        return closePanel(panel.sender.tabId);
      case "window":
        return openWindow();
      case "active":
        return active();
      case "here":
        return;
    }
  }

  async #admit(panel: Panel, token: string | null): Promise<void> {
    if (panel.admitted) return;
    const { tokens, look } = this.#doors;
    const { framed, tabId } = panel.sender;
    if (framed && (token === null || !(await tokens.redeem(token, tabId)))) return this.#refuse(panel);
    const next = framed ? await tokens.issue(tabId, "return") : null;
    panel.admitted = true;
    this.#tell(panel, { kind: "welcome", next });
    look((state) => this.#show(panel, state));
  }

  async #answer(panel: Panel, id: number, act: () => Promise<unknown>): Promise<void> {
    try {
      const result = await act();
      const done: PanelNews = { kind: "done", id, error: null };
      this.#tell(panel, result === undefined ? done : { ...done, result });
    } catch (error) {
      this.#tell(panel, { kind: "done", id, error: toProblem(error) });
    }
  }

  #show(panel: Panel, { view, fault, conversation }: HostState): void {
    const watched = panel.watching === null ? null : conversation(panel.watching);
    this.#tell(panel, { kind: "state", view, fault, conversation: watched });
  }

  #refuse(panel: Panel): void {
    this.#tell(panel, { kind: "refused" });
    this.#end(panel);
  }

  #end(panel: Panel): void {
    this.#panels.delete(panel);
    panel.port.disconnect();
  }

  #tell(panel: Panel, news: PanelNews): void {
    try {
      panel.port.postMessage(news);
    } catch {
      this.#panels.delete(panel);
    }
  }
}
