//! The declarations that TypeScript sees.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** A record as it was written: an opaque key and sealed bytes (the record "vault" holds the key to the others). */
export interface StoredRecord { key: string; value: Uint8Array }

/**
 * What the host has to do, in this order: commit `writes` in ONE transaction; then `socket`; send `outgoing` in
 * order; publish the view when `changed` and raise `notices`; set one timer for `wakeAt` (absolute, replaces the
 * former) that calls `tick`. If the commit fails: close the socket, drop the Core, open a new one from storage.
 */
export interface Effects {
  writes: { key: string; value: Uint8Array | null }[];
  /** After either, nothing more of an earlier socket may be reported. */
  socket: { connect: string } | "close" | null;
  outgoing: Uint8Array[];
  changed: boolean;
  notices: Notice[];
  wakeAt: number | null;
}

/** For sound and badge; never holds text. */
export interface Notice { kind: "message"; user: string }

export type LinkReason =
  | "no_network" | "gateway_unreachable" | "wrong_gateway_key" | "unsupported_version" | "not_allowed"
  | "bus_down" | "signed_out_by_gateway" | "timeout" | "gateway_stopping" | "overloaded";

export interface View {
  stage: "uninvited" | "joining" | "member";
  problem: { code: string; message: string } | null;
  link: {
    state: "connected" | "connecting" | "reconnecting" | "offline";
    reason: LinkReason | null;
    retryAt: number | null;
    gateway: string | null;
  };
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

export interface ConversationView { user: string; messages: ChatMessage[] }

export interface ChatMessage {
  id: string;
  mine: boolean;
  text: string;
  at: number;
  state: "queued" | "sent" | "delivered" | "refused" | "received" | "undecryptable";
  reason: string | null;
}

/** What every method may throw. `broken` and `internal`: drop the Core and open it again from storage. */
export interface CoreError extends Error { code: string }

/** One device of one person. Every call is a turn; see Effects. Times are milliseconds since 1970. */
export class Core {
  private constructor();
  free(): void;
  /** From what is stored; [] makes a fresh, uninvited device. */
  static open(records: StoredRecord[], nowMs: number): Core;
  /** After open: may ask to connect. */
  start(nowMs: number): Effects;
  /** Throws on a text that is no invite or has expired. */
  join(inviteText: string, nowMs: number): Effects;
  sendText(user: string, text: string, nowMs: number): Effects;
  markRead(user: string, nowMs: number): Effects;
  socketOpened(nowMs: number): Effects;
  socketMessage(bytes: Uint8Array, nowMs: number): Effects;
  socketClosed(code: number, nowMs: number): Effects;
  tick(nowMs: number): Effects;
  /** The network changed, the computer woke, or a person asks to be connected now ("wake"). */
  hint(kind: "online" | "offline" | "wake", nowMs: number): Effects;
  view(): View;
  conversation(user: string): ConversationView;
}
"#;
