import type { ChatMessage, ConversationView, Link, Person, View } from "../src/core/types";
import type { PanelState } from "../src/panel/backend";

/** Made-up people and messages for unit tests and for `npm run preview`. */
export const NOW = new Date(2026, 10, 23, 10, 42).getTime();
const MINUTE = 60_000;
const id = (n: number) => n.toString(16).padStart(32, "0");

export const ana = person(0x1a2b, "Ana Ruiz", {
  presence: "online",
  unread: 2,
  last: said(4, "Can you check the refill for room 3?"),
});

const people: Person[] = [
  ana,
  person(0x3c10, "Marcus Webb", { presence: "online", last: said(31, "Done, it is in the fridge.", true) }),
  person(0x5e03, "José Álvarez-Montenegro", {
    presence: "offline",
    last: said(60 * 26, "Thanks, see you on Monday"),
  }),
  person(0x7001, "Priya Natarajan", { presence: "online", role: "admin" }),
  person(0x9f22, "Tom Okafor", { presence: "offline" }),
];

export const connected: Link = { state: "connected", reason: null, retryAt: null, gateway: "gw1" };

export function member(change: Partial<View> = {}): View {
  return {
    stage: "member",
    problem: null,
    link: connected,
    me: { user: id(99), name: "Dana Lee", role: "staff", device: id(98) },
    people,
    unread: people.reduce((sum, p) => sum + p.unread, 0),
    ...change,
  };
}

export function uninvited(change: Partial<View> = {}): View {
  const link: Link = { state: "offline", reason: null, retryAt: null, gateway: null };
  return { stage: "uninvited", problem: null, link, me: null, people: [], unread: 0, ...change };
}

export const talk: ConversationView = {
  user: ana.user,
  messages: [
    message(1, 60 * 26, "Morning! Is Dr. Patel in today?", "received"),
    message(2, 60 * 25.9, "Yes, until three.", "delivered"),
    message(3, 48, "The courier is here for the two cold packs.", "received"),
    message(4, 47, "Where did we put them?", "received"),
    message(5, 45, "Lower shelf, left side. I labelled both.", "delivered"),
    message(
      6,
      44,
      "If one is missing, ask Marcus: he moved the older ones this morning when the new delivery came in.",
      "delivered",
    ),
    message(7, 6, "Found them, thank you", "received"),
    message(8, 4, "Can you check the refill for room 3?", "received"),
    message(9, 1, "On it.", "sent"),
    message(10, 0.5, "Two minutes", "queued"),
  ],
};

export function granted(view: View, conversation: ConversationView | null = null): PanelState {
  return { access: "granted", view, fault: null, conversation };
}

function person(n: number, name: string, change: Partial<Person> = {}): Person {
  const user = n.toString(16).padStart(4, "0").padEnd(32, "0");
  return { user, name, role: "staff", presence: "unknown", unread: 0, last: null, ...change };
}

export function message(
  n: number,
  minutesAgo: number,
  text: string,
  state: ChatMessage["state"],
): ChatMessage {
  const mine = state !== "received" && state !== "undecryptable";
  return { id: id(n), mine, text, at: NOW - minutesAgo * MINUTE, state, reason: null };
}

function said(minutesAgo: number, text: string, mine = false): NonNullable<Person["last"]> {
  return { at: NOW - minutesAgo * MINUTE, mine, text };
}
