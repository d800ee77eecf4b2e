import type { ConversationView, Problem, View } from "../core/types";
import { orNull, text } from "./checks";
import { type CommandName, isCommand, isQuery, isTarget, type QueryName } from "./commands";
import { isPrintJob, type PrintJob } from "./sheet";

/** Port name of the panel, framed or in its own window. */
export const PANEL_PORT = "panel";

/** Panel to background. `id` comes back in the matching `done`. */
export type PanelCommand =
  | { kind: "hello"; token: string | null }
  | { kind: "watch"; target: string | null }
  /** A turn of the core, see `commands.ts`. */
  | { kind: "do"; id: number; command: CommandName; args: unknown[] }
  | { kind: "ask"; id: number; query: QueryName; args: unknown[] }
  /** Opens the print page with this on it. */
  | { kind: "print"; id: number; job: PrintJob }
  | { kind: "network"; online: boolean }
  | { kind: "retry" }
  | { kind: "close" }
  | { kind: "window" }
  /** Somebody uses the panel; at most every 20 s. */
  | { kind: "active" }
  /** Sent every 20 s: keeps the background alive while somebody looks at the panel. */
  | { kind: "here" };

/** Background to panel. */
export type PanelNews =
  /** `next` is the token for coming back after the background was restarted. */
  | { kind: "welcome"; next: string | null }
  | { kind: "refused" }
  /** One picture: list and watched conversation always belong together. */
  | { kind: "state"; view: View | null; fault: Problem | null; conversation: ConversationView | null }
  /** `result` only for an `ask` that went well. */
  | { kind: "done"; id: number; error: Problem | null; result?: unknown };

const isToken = orNull(text(64));
const isWatched = orNull(isTarget);

/** Checks what came over a port. `null` is dropped by the caller. */
export function parsePanelCommand(input: unknown): PanelCommand | null {
  if (typeof input !== "object" || input === null) return null;
  const m = input as Record<string, unknown>;
  switch (m.kind) {
    case "hello":
      return isToken(m.token) ? { kind: "hello", token: m.token } : null;
    case "watch":
      return isWatched(m.target) ? { kind: "watch", target: m.target } : null;
    case "do":
      return isId(m.id) && isCommand(m.command, m.args)
        ? { kind: "do", id: m.id, command: m.command, args: m.args as unknown[] }
        : null;
    case "ask":
      return isId(m.id) && isQuery(m.query, m.args)
        ? { kind: "ask", id: m.id, query: m.query, args: m.args as unknown[] }
        : null;
    case "print":
      return isId(m.id) && isPrintJob(m.job) ? { kind: "print", id: m.id, job: m.job } : null;
    case "network":
      return typeof m.online === "boolean" ? { kind: "network", online: m.online } : null;
    case "retry":
    case "close":
    case "window":
    case "active":
    case "here":
      return { kind: m.kind };
    default:
      return null;
  }
}

function isId(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
