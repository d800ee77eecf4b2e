import type { View } from "../core/types";
import { type Badge, badgeText } from "../messages/page";

export interface BadgeDoors {
  writeBadge(badge: Badge): Promise<void>;
  showToolbarCount(text: string): Promise<void>;
  /** Somebody joined here, so a dead worker has to be brought back. */
  keepAlarm(wanted: boolean): Promise<void>;
}

/** Unread count on toolbar and page buttons; writes only when it changed. */
export function badgeKeeper(doors: BadgeDoors): (view: View | null) => void {
  let shown: Badge | null = null;
  let writing: Promise<unknown> = Promise.resolve();
  return (view) => {
    if (view === null) return;
    const badge: Badge = { unread: view.unread, active: view.stage !== "new" && view.stage !== "removed" };
    if (shown?.unread === badge.unread && shown.active === badge.active) return;
    shown = badge;
    writing = writing
      .then(() =>
        Promise.all([
          doors.writeBadge(badge),
          doors.showToolbarCount(badgeText(badge.unread)),
          doors.keepAlarm(badge.active),
        ]),
      )
      .catch(() => {
        shown = null;
      });
  };
}
