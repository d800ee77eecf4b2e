import type { ConversationView, Problem, View } from "../core/types";
import type { CommandArgs, CommandName, Queries, QueryName } from "../messages/commands";
import type { PrintJob } from "../messages/sheet";

/** What the panel knows. `null` before the first word from the background. */
export interface PanelState {
  access: "waiting" | "granted" | "refused";
  view: View | null;
  fault: Problem | null;
  conversation: ConversationView | null;
}

export const FIRST_STATE: PanelState = { access: "waiting", view: null, fault: null, conversation: null };

export type Answer<T> = { problem: Problem; value: null } | { problem: null; value: T };

/** The panel's only door to the rest: it holds no socket, no key and no storage itself. */
export interface Backend {
  subscribe(take: (state: PanelState) => void): () => void;
  /** Which conversation to receive from now on. */
  watch(target: string | null): void;
  /** A turn of the core. Resolves with what went wrong, or `null` once it is on disk; jobs go on in `view.jobs`. */
  do<K extends CommandName>(command: K, ...args: CommandArgs<K>): Promise<Problem | null>;
  /** A question that changes nothing. */
  ask<K extends QueryName>(query: K, ...args: Queries[K]["args"]): Promise<Answer<Queries[K]["answer"]>>;
  /** Opens a page with this on it, ready for the printer. */
  print(job: PrintJob): Promise<Problem | null>;
  /** Somebody uses the panel. */
  active(): void;
  retry(): void;
  close(): void;
  openWindow(): void;
}
