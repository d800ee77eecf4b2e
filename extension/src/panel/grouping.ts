import type { ChatMessage } from "../core/types";
import { sameDay } from "./when";

/** Messages of one person closer together than this read as one. */
const TOGETHER_MS = 5 * 60_000;

export interface Line {
  message: ChatMessage;
  /** First of its day: a separator goes above. */
  newDay: boolean;
  /** First and last of a run of bubbles by the same person. */
  first: boolean;
  last: boolean;
  /** Time and mark are shown below this bubble. */
  foot: boolean;
}

export function toLines(messages: readonly ChatMessage[]): Line[] {
  return messages.map((message, i) => {
    const before = messages[i - 1];
    const after = messages[i + 1];
    const newDay = before === undefined || !sameDay(before.at, message.at);
    const first = newDay || before === undefined || !together(before, message);
    const last = after === undefined || !sameDay(after.at, message.at) || !together(message, after);
    // Inside a run the mark shows where it changes: "delivered" above must not speak for "waiting" below.
    const foot = last || message.state !== after?.state || message.state === "refused";
    return { message, newDay, first, last, foot };
  });
}

/** Of the last `unread` received messages the first: there the "New" line goes. */
export function firstUnread(messages: readonly ChatMessage[], unread: number): string | null {
  if (unread <= 0) return null;
  const received = messages.filter((message) => !message.mine);
  return received[Math.max(received.length - unread, 0)]?.id ?? null;
}

function together(a: ChatMessage, b: ChatMessage): boolean {
  return a.mine === b.mine && a.sender === b.sender && b.missingBefore === 0 && b.at - a.at < TOGETHER_MS;
}
