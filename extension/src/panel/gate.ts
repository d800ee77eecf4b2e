import { isHostPage } from "../messages/sender";

export type Entrance =
  /** In a tab or window of its own: the background checks the rest. */
  | { kind: "window" }
  /** Framed by our content script in the CRM page. */
  | { kind: "frame"; token: string }
  | { kind: "shut" };

export interface Surroundings {
  top: boolean;
  /** Exactly one step below the top page. */
  childOfTop: boolean;
  /** Chromium and new Firefox say who frames us; `null` where the browser does not. */
  ancestors: readonly string[] | null;
  hasOpener: boolean;
  hash: string;
}

/**
 * May anything be shown here? Any page that `web_accessible_resources` names can embed or open the panel, so
 * a frame must hang directly in the CRM page and carry the number that only our content script can get, and
 * a window must not have been opened by a page. `frame-ancestors` in the manifest's CSP says the same again.
 */
export function entrance(at: Surroundings): Entrance {
  if (at.top) return at.hasOpener ? { kind: "shut" } : { kind: "window" };
  const token = /^#([0-9a-f]{32})$/.exec(at.hash)?.[1];
  if (token === undefined || !at.childOfTop) return { kind: "shut" };
  if (at.ancestors !== null && !(at.ancestors.length === 1 && at.ancestors.every(isHostOrigin))) {
    return { kind: "shut" };
  }
  return { kind: "frame", token };
}

export function surroundings(): Surroundings {
  const list = location.ancestorOrigins as DOMStringList | undefined;
  return {
    top: window.top === window,
    childOfTop: window.parent === window.top,
    ancestors: list === undefined ? null : Array.from(list),
    hasOpener: window.opener !== null,
    hash: location.hash,
  };
}

function isHostOrigin(origin: string): boolean {
  return URL.canParse(origin) && isHostPage(new URL(origin));
}
