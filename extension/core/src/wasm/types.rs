//! The declarations that TypeScript sees.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** A record as it was written: an opaque key and sealed bytes (the record "vault" holds the wrapped key to the others). */
export interface StoredRecord { key: string; value: Uint8Array }
export interface Write { key: string; value: Uint8Array | null }

/**
 * What the host has to do, in this order: commit `writes` in ONE transaction; put `sessionWrites` into memory that only
 * the extension can read and that outlives the background but not the browser; then `socket`; send `outgoing` in order;
 * publish the view when `changed` and raise `notices`; begin `stretch`; set one timer for `wakeAt` (absolute, replaces
 * the former) that calls `tick`. If the commit fails: close the socket, drop the Core, open a new one from storage.
 */
export interface Effects {
  writes: Write[];
  sessionWrites: Write[];
  /** After either, nothing more of an earlier socket may be reported. */
  socket: { connect: string } | "close" | null;
  outgoing: Uint8Array[];
  changed: boolean;
  notices: Notice[];
  /** Argon2id to be run away from the background, then `stretched`, or `stretchFailed`. A newer one replaces an older one. */
  stretch: Stretch | null;
  /** After all of this: drop the Core and open it again from what is stored then (it was locked or unlocked). */
  reopen: boolean;
  wakeAt: number | null;
}
export interface Stretch {
  id: number; input: Uint8Array; salt: Uint8Array; memoryKib: number; passes: number; length: number;
}

/** Argon2id with one lane, for the worker that runs a Stretch. Needs no Core. */
export function stretch(input: Uint8Array, salt: Uint8Array, memoryKib: number, passes: number, length: number): Uint8Array;

/** "user:<id>" or "room:<id>". */
export type Target = string;
/** Chosen by the caller for each command that takes one; its outcome is in `View.jobs` under this name. */
export type JobId = string;

/** For sound and badge; never holds text. */
export interface Notice { kind: "message" | "comparison"; from: Target }

export type LinkReason =
  | "no_network" | "gateway_unreachable" | "wrong_gateway_key" | "unsupported_version" | "not_allowed"
  | "bus_down" | "signed_out_by_gateway" | "timeout" | "gateway_stopping" | "overloaded";

export type Role = "admin" | "staff" | "auditor";
export interface Problem { code: string; message: string }

export interface View {
  /**
   * "new": nothing here yet. "entering": on the way in, see `entering`. "locked": the passphrase opens it.
   * "stale": no fresh roster for too long, nothing is shown or sent until there is one. "removed": this device was revoked
   * and has wiped itself; `problem` says so. Only in "member" is anything but `problem`, `link` and `entering` filled.
   */
  stage: "new" | "entering" | "locked" | "stale" | "removed" | "member";
  problem: Problem | null;
  link: {
    state: "connected" | "connecting" | "reconnecting" | "offline";
    reason: LinkReason | null;
    retryAt: number | null;
    gateway: string | null;
  };
  entering: Entering | null;
  office: Office | null;
  me: Me | null;
  people: Person[];
  rooms: Room[];
  /** Of a role or place, which one looks after and does not belong to; only for administrators. */
  otherRooms: Room[];
  /** Unused invites; only for administrators. */
  invites: PendingInvite[];
  /** A contradiction in the roster that stops sending until somebody looks into it. */
  alarm: (Problem & { canClear: boolean }) | null;
  jobs: Job[];
  unread: number;
}
export interface Entering {
  way: "found" | "join" | "code" | "sign_in" | "restore";
  /**
   * "passphrase": one has to be chosen (`setPassphrase`), before that nothing is stored and nobody is asked. "stretching": it
   * is being worked on. "enrolling": keys are ready, the office is being told.
   */
  step: "connecting" | "asking" | "passphrase" | "stretching" | "enrolling";
  office: string | null;
  name: string | null;
}
export interface Office {
  name: string;
  idleLockMs: number; staleLockMs: number; staleWipeMs: number; historyMs: number;
  /** When an administrator's device confirmed the roster last. */
  confirmedAt: number | null;
}
export interface Me {
  user: string; name: string; role: Role; group: string | null; device: string;
  hasPassphrase: boolean;
  /** Whether the passphrase signs in on other workstations; null while nobody can tell. */
  signsInElsewhere: boolean | null;
  /** The key of the office is on this device. */
  holdsOfficeKey: boolean;
  /** The recovery kit was saved, as far as this device knows. */
  kitSaved: boolean;
}
export interface Person {
  user: string; name: string; role: Role; group: string | null;
  presence: "online" | "offline" | "unknown";
  unread: number;
  last: Last | null;
  /** "changed": the keys are not those that were known before; sending is blocked until `acknowledgeKeys`. */
  keys: "unverified" | "verified" | "changed";
  /** Comparing keys by emoji, from the start until it was put away. */
  comparison: Comparison | null;
  devices: number;
}
export interface Comparison {
  id: string;
  /**
   * "waiting": asked from here. "asked": the other person asks. "accepted": agreed, the pictures are on their way. "comparing":
   * look at them together. "elsewhere": in another browser of one's own. "matched": as the person said. "broken": see `reason`.
   */
  state: "waiting" | "asked" | "accepted" | "comparing" | "elsewhere" | "matched" | "broken";
  /** Seven in "comparing" and "matched", otherwise none. */
  emoji: Emoji[];
  reason: string | null;
}
export interface Emoji { symbol: string; name: string }
export interface Room {
  room: string;
  /** Null until a message has brought the name. */
  name: string | null;
  kind: "everyone" | "role" | "group" | "chosen";
  /** The role or place, where that makes the room. */
  of: string | null;
  members: string[];
  canManage: boolean;
  canLeave: boolean;
  unread: number;
  last: Last | null;
}
export interface Last { at: number; mine: boolean; sender: string; text: string }
export interface PendingInvite { invite: string; user: string; name: string; role: Role; group: string | null; expiresAt: number; expired: boolean }
export interface Job { id: JobId; state: "working" | "done" | "failed"; problem: Problem | null; result: JobResult | null }
export type JobResult =
  | { kind: "sheets"; sheets: Sheet[] }
  | { kind: "code"; sheet: CodeSheet }
  | { kind: "devices"; user: string; devices: DeviceUse[] };
/** What to hand to one invited person: any one of link, QR (of the link) or address and code. */
export interface Sheet {
  name: string; role: Role; group: string | null; office: string;
  link: string; address: string; code: string; qr: Qr; expiresAt: number;
}
export interface CodeSheet { link: string; address: string; code: string; qr: Qr; expiresAt: number }
export interface DeviceUse { device: string; since: number; lastAt: number | null; online: boolean; thisOne: boolean }
/** `path` is for an SVG of viewBox "0 0 size size", quiet zone included. */
export interface Qr { size: number; path: string }

export interface NewPerson { name: string; role: Role; group: string | null }
export interface ImportedPeople { people: NewPerson[]; errors: { row: number; message: string }[] }
export interface Kit { office: string; text: string; groups: string[]; qr: Qr }
export interface SafetyNumber { groups: string[]; text: string; qr: Qr }
export interface Policy { idleLockMs: number; staleLockMs: number; staleWipeMs: number; historyMs: number }
export type RoomMembers =
  | { kind: "everyone" } | { kind: "role"; role: Role } | { kind: "group"; group: string } | { kind: "chosen"; users: string[] };

export interface ConversationView {
  with: Target;
  messages: ChatMessage[];
  /** Why one cannot write here now. */
  blocked: Problem | null;
}
export interface ChatMessage {
  id: string;
  sender: string;
  mine: boolean;
  text: string;
  at: number;
  state: "queued" | "sent" | "delivered" | "refused" | "received" | "undecryptable";
  reason: string | null;
  /** How many messages of the same sender are missing before this one. */
  missingBefore: number;
}

/** What every method may throw. `broken` and `internal`: drop the Core and open it again from storage. */
export interface CoreError extends Error { code: string }

/** One device of one person. Every call that gives Effects is a turn. Times are milliseconds since 1970. */
export class Core {
  private constructor();
  free(): void;
  /** From what is stored, on disk and in the session's memory; [] and [] make a fresh device. */
  static open(records: StoredRecord[], session: StoredRecord[], nowMs: number): Core;
  /** After open: may ask to connect. */
  start(nowMs: number): Effects;
  socketOpened(nowMs: number): Effects;
  socketMessage(bytes: Uint8Array, nowMs: number): Effects;
  socketClosed(code: number, nowMs: number): Effects;
  tick(nowMs: number): Effects;
  /**
   * The network changed; a person asks to be connected now ("wake"); the computer slept or was locked
   * ("computer_locked"); somebody is using the computer ("activity", at most every 20 s).
   */
  hint(kind: "online" | "offline" | "wake" | "slept" | "computer_locked" | "activity", nowMs: number): Effects;
  stretched(id: number, output: Uint8Array, nowMs: number): Effects;
  stretchFailed(id: number, nowMs: number): Effects;
  view(): View;
  forgetJob(id: JobId, nowMs: number): Effects;

  /** Opens the office with the text that the gateway printed, or throws. */
  found(text: string, officeName: string, name: string, nowMs: number): Effects;
  /** An invite, or the link of a code. */
  join(text: string, nowMs: number): Effects;
  /** A typed code, with the address of a gateway ("192.168.1.20:8080" or "ws://..."). */
  joinByCode(address: string, code: string, nowMs: number): Effects;
  signIn(address: string, name: string, passphrase: string, nowMs: number): Effects;
  /** Becomes a new administrator, with the recovery kit of an office that lost its own. Nobody there may have this name. */
  restoreOffice(kitText: string, name: string, nowMs: number): Effects;
  /** Stops entering and forgets what was begun. */
  stopEntering(nowMs: number): Effects;

  /** Sets or changes the passphrase: locks this device with it, and lets it sign in elsewhere. */
  setPassphrase(passphrase: string, job: JobId, nowMs: number): Effects;
  /** Throws only if it is not locked; a wrong passphrase shows in `problem`. */
  unlock(passphrase: string, nowMs: number): Effects;
  lock(nowMs: number): Effects;
  /** Leaves the office on this device: revokes it, then wipes it. */
  signOut(nowMs: number): Effects;
  /** Throws when the office key is not here. */
  recoveryKit(): Kit;
  kitWasSaved(nowMs: number): Effects;
  /** Puts the office key of a kit onto this administrator's device. Throws when it is another office's. */
  takeOfficeKey(kitText: string, nowMs: number): Effects;
  /** A code with which another workstation becomes a device of this person. */
  addDevice(job: JobId, nowMs: number): Effects;
  fetchDevices(user: string, job: JobId, nowMs: number): Effects;
  revokeDevice(device: string, lost: boolean, job: JobId, nowMs: number): Effects;

  /** Reads a table of staff: columns name, role, group. Changes nothing. */
  readPeople(csv: string): ImportedPeople;
  /** All of them or none. */
  invite(people: NewPerson[], ttlMs: number, job: JobId, nowMs: number): Effects;
  /** A new identity for somebody who lost every device and the passphrase. */
  inviteAgain(user: string, ttlMs: number, job: JobId, nowMs: number): Effects;
  withdrawInvite(invite: string, job: JobId, nowMs: number): Effects;
  revokePerson(user: string, job: JobId, nowMs: number): Effects;
  setRole(user: string, role: Role, job: JobId, nowMs: number): Effects;
  setGroup(user: string, group: string | null, job: JobId, nowMs: number): Effects;
  setPolicy(policy: Policy, job: JobId, nowMs: number): Effects;
  clearAlarm(nowMs: number): Effects;

  makeRoom(name: string, members: RoomMembers, job: JobId, nowMs: number): Effects;
  changeRoom(room: string, add: string[], remove: string[], job: JobId, nowMs: number): Effects;
  renameRoom(room: string, name: string, job: JobId, nowMs: number): Effects;
  leaveRoom(room: string, job: JobId, nowMs: number): Effects;
  closeRoom(room: string, job: JobId, nowMs: number): Effects;

  safetyNumber(user: string): SafetyNumber;
  /** What another person's screen or sheet showed: true if it belongs to the keys known here, which are verified then. */
  checkSafetyText(user: string, text: string, nowMs: number): Effects;
  /** The numbers were compared by people. */
  markVerified(user: string, nowMs: number): Effects;
  acknowledgeKeys(user: string, nowMs: number): Effects;
  /** Asks somebody who is on line to compare keys by emoji, or agrees to what that person asked. */
  startComparison(user: string, nowMs: number): Effects;
  acceptComparison(user: string, nowMs: number): Effects;
  /** What the person says of the emoji of this very comparison. A match verifies the key that they stand for. */
  finishComparison(user: string, comparison: string, matches: boolean, nowMs: number): Effects;
  /** Declines, stops, or puts away how it ended. */
  closeComparison(user: string, nowMs: number): Effects;

  sendText(to: Target, text: string, nowMs: number): Effects;
  markRead(to: Target, nowMs: number): Effects;
  conversation(with_: Target): ConversationView;
}
"#;
