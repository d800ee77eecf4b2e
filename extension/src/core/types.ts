/**
 * What the Rust core shows to TypeScript. The generated package is checked against this in `load.ts`, so a
 * drift between the two is a type error and not a surprise in the browser.
 */

export interface StoredRecord {
  key: string;
  value: Uint8Array;
}

export interface RecordWrite {
  key: string;
  /** `null` deletes the record. */
  value: Uint8Array | null;
}

/** What the host must do after a call, in the order that `background/core-host.ts` describes. */
export interface Effects {
  writes: RecordWrite[];
  socket: { connect: string } | "close" | null;
  outgoing: Uint8Array[];
  changed: boolean;
  notices: Notice[];
  /** Absolute time in ms at which `tick` is due; replaces the former one. */
  wakeAt: number | null;
}

/** For the badge and later a sound: never any text. */
interface Notice {
  kind: "message";
  user: string;
}

export type LinkReason =
  | "no_network"
  | "gateway_unreachable"
  | "wrong_gateway_key"
  | "unsupported_version"
  | "not_allowed"
  | "bus_down"
  | "signed_out_by_gateway"
  | "timeout"
  | "gateway_stopping"
  | "overloaded";

export interface Link {
  state: "connected" | "connecting" | "reconnecting" | "offline";
  reason: LinkReason | null;
  retryAt: number | null;
  gateway: string | null;
}

export interface Problem {
  code: string;
  message: string;
}

export interface View {
  stage: "uninvited" | "joining" | "member";
  problem: Problem | null;
  link: Link;
  me: { user: string; name: string; role: string; device: string } | null;
  people: Person[];
  unread: number;
}

export interface Person {
  user: string;
  name: string;
  role: string;
  presence: "online" | "offline" | "unknown";
  unread: number;
  last: { at: number; mine: boolean; text: string } | null;
}

export interface ConversationView {
  user: string;
  messages: ChatMessage[];
}

export type MessageState = "queued" | "sent" | "delivered" | "refused" | "received" | "undecryptable";

export interface ChatMessage {
  id: string;
  mine: boolean;
  text: string;
  at: number;
  state: MessageState;
  reason: string | null;
}

type Hint = "online" | "offline" | "wake";

/** One device's state machine. It does no input or output itself. */
export interface Core {
  start(nowMs: number): Effects;
  join(inviteText: string, nowMs: number): Effects;
  sendText(user: string, text: string, nowMs: number): Effects;
  markRead(user: string, nowMs: number): Effects;
  socketOpened(nowMs: number): Effects;
  socketMessage(bytes: Uint8Array, nowMs: number): Effects;
  socketClosed(code: number, nowMs: number): Effects;
  tick(nowMs: number): Effects;
  hint(kind: Hint, nowMs: number): Effects;
  view(): View;
  conversation(user: string): ConversationView;
  /** Gives the WASM memory back. */
  free(): void;
}

export type OpenCore = (records: StoredRecord[], nowMs: number) => Core;
