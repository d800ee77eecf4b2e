import type { ConversationView, Problem, View } from "../core/types";

/** What the panel knows. `null` before the first word from the background. */
export interface PanelState {
  access: "waiting" | "granted" | "refused";
  view: View | null;
  fault: Problem | null;
  conversation: ConversationView | null;
}

export const FIRST_STATE: PanelState = { access: "waiting", view: null, fault: null, conversation: null };

/** The panel's only door to the rest: it holds no socket, no key and no storage itself. */
export interface Backend {
  subscribe(take: (state: PanelState) => void): () => void;
  /** Which conversation to receive from now on. */
  watch(user: string | null): void;
  /** Resolve with what went wrong, or `null`. */
  join(invite: string): Promise<Problem | null>;
  send(user: string, message: string): Promise<Problem | null>;
  read(user: string): void;
  retry(): void;
  close(): void;
  openWindow(): void;
}
