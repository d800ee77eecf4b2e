import type { ConversationView, Problem, View } from "../core/types";

/** Port name of the panel, framed or in its own window. */
export const PANEL_PORT = "panel";

/** The longest message text, in UTF-16 units as the text field counts them. */
export const MAX_TEXT = 4000;
/** Far above any invite; stops a pasted file. */
export const MAX_INVITE = 8192;

/** Panel to background. `id` comes back in the matching `done`. */
export type PanelCommand =
  | { kind: "hello"; token: string | null }
  | { kind: "watch"; user: string | null }
  | { kind: "join"; id: number; invite: string }
  | { kind: "send"; id: number; user: string; text: string }
  | { kind: "read"; user: string }
  | { kind: "network"; online: boolean }
  | { kind: "retry" }
  | { kind: "close" }
  | { kind: "window" }
  /** Sent every 20 s: keeps the background alive while somebody looks at the panel. */
  | { kind: "here" };

/** Background to panel. */
export type PanelNews =
  /** `next` is the token for coming back after the background was restarted. */
  | { kind: "welcome"; next: string | null }
  | { kind: "refused" }
  /** One picture: list and watched conversation always belong together. */
  | { kind: "state"; view: View | null; fault: Problem | null; conversation: ConversationView | null }
  | { kind: "done"; id: number; error: Problem | null };

/** Checks the shape of what came over a port. `null` is dropped by the caller. */
export function parsePanelCommand(input: unknown): PanelCommand | null {
  if (typeof input !== "object" || input === null) return null;
  const m = input as Record<string, unknown>;
  switch (m.kind) {
    case "hello":
      return m.token === null || isText(m.token, 64) ? { kind: "hello", token: m.token } : null;
    case "watch":
      return m.user === null || isUser(m.user) ? { kind: "watch", user: m.user } : null;
    case "join":
      return isId(m.id) && isText(m.invite, MAX_INVITE) ? { kind: "join", id: m.id, invite: m.invite } : null;
    case "send":
      return isId(m.id) && isUser(m.user) && isText(m.text, MAX_TEXT)
        ? { kind: "send", id: m.id, user: m.user, text: m.text }
        : null;
    case "read":
      return isUser(m.user) ? { kind: "read", user: m.user } : null;
    case "network":
      return typeof m.online === "boolean" ? { kind: "network", online: m.online } : null;
    case "retry":
    case "close":
    case "window":
    case "here":
      return { kind: m.kind };
    default:
      return null;
  }
}

function isText(value: unknown, max: number): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= max;
}

function isUser(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{32}$/.test(value);
}

function isId(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
