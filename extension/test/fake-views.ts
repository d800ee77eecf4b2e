import type {
  ChatMessage,
  CodeSheet,
  Comparison,
  ConversationView,
  DeviceUse,
  Emoji,
  Kit,
  Link,
  Me,
  PendingInvite,
  Person,
  Room,
  SafetyNumber,
  Sheet,
  View,
} from "../src/core/types";
import type { PanelState } from "../src/panel/backend";

/** Made-up people and messages for unit tests and for `npm run preview`. */
export const NOW = new Date(2026, 10, 23, 10, 42).getTime();
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const id = (n: number) => n.toString(16).padStart(32, "0");

export const ana = person(0x1a2b, "Ana Ruiz", {
  presence: "online",
  unread: 2,
  last: said(4, "Can you check the refill for room 3?"),
});

export const marcus = person(0x3c10, "Marcus Webb", {
  presence: "online",
  last: said(31, "Done, it is in the fridge.", true),
});
export const priya = person(0x7001, "Priya Natarajan", { presence: "online", role: "admin" });

const people: Person[] = [
  ana,
  marcus,
  person(0x5e03, "José Álvarez-Montenegro", {
    presence: "offline",
    last: said(60 * 26, "Thanks, see you on Monday"),
  }),
  priya,
  person(0x9f22, "Tom Okafor", { presence: "offline" }),
];

/** A room of chosen people that one looks after. */
export const frontDesk: Room = {
  room: "d00d".padEnd(32, "0"),
  name: "Front desk",
  kind: "chosen",
  of: null,
  members: [id(99), ana.user, marcus.user],
  canManage: true,
  canLeave: true,
  unread: 1,
  last: { at: NOW - 2 * MINUTE, mine: false, sender: marcus.user, text: "Who has the keys to the cabinet?" },
};

/** A room that follows the office and whose name has not come yet. */
export const everybody: Room = {
  ...frontDesk,
  room: "e00e".padEnd(32, "0"),
  name: null,
  kind: "everyone",
  members: [id(99), ...people.map(({ user }) => user)],
  canManage: false,
  canLeave: false,
  unread: 0,
  last: null,
};

/** Of a role that the administrator does not have. */
export const auditors: Room = {
  ...everybody,
  room: "f00f".padEnd(32, "0"),
  name: "Auditors",
  kind: "role",
  of: "auditor",
  members: [ana.user],
  canManage: true,
};

export const connected: Link = { state: "connected", reason: null, retryAt: null, gateway: "gw1" };

const nothing: View = {
  stage: "new",
  problem: null,
  link: { state: "offline", reason: null, retryAt: null, gateway: null },
  entering: null,
  office: null,
  me: null,
  people: [],
  rooms: [],
  otherRooms: [],
  invites: [],
  alarm: null,
  jobs: [],
  unread: 0,
};

export function member(change: Partial<View> = {}): View {
  return {
    ...nothing,
    stage: "member",
    link: connected,
    office: {
      name: "Hilltop Pharmacy",
      idleLockMs: 15 * MINUTE,
      staleLockMs: 7 * DAY,
      staleWipeMs: 30 * DAY,
      historyMs: 90 * DAY,
      confirmedAt: NOW - 60 * MINUTE,
    },
    me: {
      user: id(99),
      name: "Dana Lee",
      role: "staff",
      group: null,
      device: id(98),
      hasPassphrase: true,
      signsInElsewhere: true,
      holdsOfficeKey: false,
      kitSaved: false,
    },
    people,
    unread: people.reduce((sum, p) => sum + p.unread, 0),
    ...change,
  };
}

/** An administrator who opened the office on this browser. */
export function founder(change: Partial<Me> = {}): View {
  const view = member();
  const me: Me = {
    ...(view.me as Me),
    role: "admin",
    holdsOfficeKey: true,
    kitSaved: false,
    ...change,
  };
  return { ...view, me };
}

/** An administrator's browser with rooms and open invites. */
export function office(change: Partial<Me> = {}): View {
  return {
    ...founder({ kitSaved: true, ...change }),
    rooms: [frontDesk, everybody],
    otherRooms: [auditors],
    invites: [
      invite(0x21, "Lena Fischer", { group: "Front desk" }),
      invite(0x22, "Omar Haddad", { expired: true, expiresAt: NOW - DAY }),
    ],
  };
}

/** A browser that nobody has joined with, or whose content is shut away. */
export function outside(change: Partial<View> = {}): View {
  return { ...nothing, ...change };
}

export const talk: ConversationView = {
  blocked: null,
  with: `user:${ana.user}`,
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

/** A made-up recovery kit with a made-up picture for the camera. */
export const kit: Kit = {
  office: "Hilltop Pharmacy",
  text: "crmplus-chat://kit/1/made-up",
  groups: [
    "A7KD-2M9Q",
    "XW3T-88PL",
    "C4HN-V0ZR",
    "6JYB-E5FG",
    "T1SU-9KMD",
    "QW7X-3RA2",
    "L8PC-4HNV",
    "Z0R6-JYBE",
  ],
  qr: { size: 8, path: "M1 1h2v2h-2zM5 1h2v2h-2zM1 5h2v2h-2zM4 4h1v1h-1zM6 6h1v1h-1z" },
};

export const safety: SafetyNumber = {
  groups: Array.from({ length: 12 }, (_, i) => String(10_007 * (i + 3)).slice(0, 5)),
  text: `crmplus-chat://verify/1/${"ab".repeat(32)}`,
  qr: kit.qr,
};

/** Seven made-up pictures, and how far a comparison with Ana has come. */
export const emoji: Emoji[] = [
  { symbol: "🐝", name: "bee" },
  { symbol: "🌋", name: "volcano" },
  { symbol: "🧀", name: "cheese" },
  { symbol: "🎡", name: "Ferris wheel" },
  { symbol: "🐝", name: "bee" },
  { symbol: "🏹", name: "bow and arrow" },
  { symbol: "🥞", name: "pancakes" },
];

export function comparing(state: Comparison["state"], reason: string | null = null): View {
  const shown = state === "comparing" || state === "matched" ? emoji : [];
  const comparison = { id: id(0x5a5), state, emoji: shown, reason };
  const change: Partial<Person> = { comparison, keys: state === "matched" ? "verified" : "unverified" };
  return member({ people: people.map((one) => (one === ana ? { ...ana, ...change } : one)) });
}

/** What was made to hand out. */
export function sheet(name: string): Sheet {
  return {
    name,
    role: "staff",
    group: "Front desk",
    office: "Hilltop Pharmacy",
    link: `crmplus-chat://invite/1/${"made-up-".repeat(12)}`,
    address: "192.168.1.20:7421",
    code: "K7QM-2XPA-93TD",
    qr: kit.qr,
    expiresAt: NOW + 3 * DAY,
  };
}

export const codeSheet: CodeSheet = {
  link: "crmplus-chat://code/1/made-up",
  address: "192.168.1.20:7421",
  code: "P4RT-9WNE-K2CX",
  qr: kit.qr,
  expiresAt: NOW + 10 * MINUTE,
};

export const devices: DeviceUse[] = [
  device(0x11, { thisOne: true, online: true, lastAt: NOW, since: NOW - 20 * DAY }),
  device(0x12, { lastAt: NOW - 3 * DAY, since: NOW - 9 * DAY }),
  device(0x13, { since: NOW - DAY }),
];

/** In a room, with what can be wrong with a message. */
export const roomTalk: ConversationView = {
  blocked: null,
  with: `room:${frontDesk.room}`,
  messages: [
    { ...message(21, 30, "The courier comes at noon today.", "received"), sender: marcus.user },
    { ...message(22, 29, "And he needs a signature.", "received"), sender: marcus.user },
    { ...message(23, 28, "I can be there.", "received"), missingBefore: 2 },
    message(24, 27, "Thank you both!", "delivered"),
    { ...message(25, 3, "", "undecryptable"), sender: marcus.user, reason: "no_one_time_key" },
    { ...message(26, 2, "Who has the keys to the cabinet?", "received"), sender: marcus.user },
  ],
};

export function granted(view: View, conversation: ConversationView | null = null): PanelState {
  return { access: "granted", view, fault: null, conversation };
}

function person(n: number, name: string, change: Partial<Person> = {}): Person {
  const user = n.toString(16).padStart(4, "0").padEnd(32, "0");
  return {
    user,
    name,
    role: "staff",
    group: null,
    presence: "unknown",
    unread: 0,
    last: null,
    keys: "unverified",
    comparison: null,
    devices: 1,
    ...change,
  };
}

export function message(
  n: number,
  minutesAgo: number,
  text: string,
  state: ChatMessage["state"],
): ChatMessage {
  const mine = state !== "received" && state !== "undecryptable";
  const sender = mine ? id(99) : ana.user;
  return {
    id: id(n),
    sender,
    mine,
    text,
    at: NOW - minutesAgo * MINUTE,
    state,
    reason: null,
    missingBefore: 0,
  };
}

function said(minutesAgo: number, text: string, mine = false): NonNullable<Person["last"]> {
  return { at: NOW - minutesAgo * MINUTE, mine, sender: mine ? id(99) : id(1), text };
}

function invite(n: number, name: string, change: Partial<PendingInvite>): PendingInvite {
  return {
    invite: id(n),
    user: id(n + 0x100),
    name,
    role: "staff",
    group: null,
    expiresAt: NOW + 2 * DAY,
    expired: false,
    ...change,
  };
}

function device(n: number, change: Partial<DeviceUse>): DeviceUse {
  return { device: id(n), since: NOW, lastAt: null, online: false, thisOne: false, ...change };
}
