/** Port on which a Firefox content script keeps the event page alive. */
export const KEEP_ALIVE_PORT = "keep-alive";

/** Content script to background: a question with an answer. */
export interface TokenQuestion {
  kind: "panel-token";
}

/** Background to content script. */
export interface PanelClosed {
  kind: "panel-closed";
}

/**
 * What the page's button shows, through `storage.local`: a count and a flag, no names and no text. Content
 * scripts read it and listen for changes, so a quiet page needs neither a port nor a timer.
 */
export const BADGE_KEY = "badge";

export interface Badge {
  unread: number;
  /** Somebody joined on this browser: there is a connection worth keeping. */
  active: boolean;
}

export const NO_BADGE: Badge = { unread: 0, active: false };

export function parseBadge(value: unknown): Badge {
  if (typeof value !== "object" || value === null) return NO_BADGE;
  const { unread, active } = value as Record<string, unknown>;
  if (typeof unread !== "number" || !Number.isSafeInteger(unread) || unread < 0) return NO_BADGE;
  return { unread, active: active === true };
}

/** Two digits fit into the badge. */
export function badgeText(unread: number): string {
  if (unread === 0) return "";
  return unread > 99 ? "99+" : String(unread);
}

export function isTokenQuestion(message: unknown): message is TokenQuestion {
  return isKind(message, "panel-token");
}

export function isPanelClosed(message: unknown): message is PanelClosed {
  return isKind(message, "panel-closed");
}

function isKind(message: unknown, kind: string): boolean {
  return typeof message === "object" && message !== null && (message as { kind?: unknown }).kind === kind;
}
