import type { ChatMessage, Link, LinkReason, Person, Problem } from "../core/types";
import { officeText } from "./office";
import { roomText } from "./rooms";

/** Every visible and spoken text of the panel, in English. Plain words; each problem says what to do. */
export const text = {
  product: "CRM+ Chat",
  loading: "Opening chat...",
  notHere: "Chat opens from its button in the CRM page or from the toolbar.",

  people: "Colleagues",
  search: "Find a colleague or room",
  nobodyYet: "No colleagues yet",
  nobodyYetMore: "They appear here as soon as they join with their invite.",
  noMatch: "No colleague or room with that name.",
  choose: "Choose a colleague or a room to start",
  you: "You",
  signedInAs: (name: string) => `You are ${name}`,
  unread: (n: number) => `${n} unread ${n === 1 ? "message" : "messages"}`,
  lastMine: (t: string) => `You: ${t}`,

  back: "Back to colleagues",
  close: "Close chat",
  ownWindow: "Open in its own window",
  hide: "Hide chat from view",
  show: "Show chat",
  hidden: "Chat is hidden",
  hiddenMore: "Nobody can read along. New messages still arrive.",

  privateList: "Private: end-to-end encrypted",
  privateWith: (name: string) => `Private to you and ${name} · end-to-end encrypted`,

  emptyTalk: "No messages yet",
  emptyTalkMore: (name: string) => `What you write here is for ${name} alone.`,
  earlier: "Show earlier messages",
  newDivider: "New",
  newBelow: "New messages",
  today: "Today",
  yesterday: "Yesterday",
  undecryptable: "This message could not be opened.",
  missing: (n: number) =>
    n === 1 ? "1 message missing before this one" : `${n} messages missing before this one`,

  write: (name: string) => `Message to ${name}`,
  placeholder: "Write a message",
  send: "Send",
  waits: "Sent as soon as the connection is back.",
  tooLong: (n: number, max: number) => `${n} of ${max} characters: please shorten`,
  left: (n: number) => `${n} characters left`,

  joinLabel: "Invite",

  tryNow: "Try now",
  covered:
    "Something on the page covers the chat, so nothing was sent. Move it away, or open chat in its own window.",
  lostBackground:
    "Chat was restarted by the browser just now. Look whether your message is listed before sending again.",
  newMessage: (name: string) => `New message from ${name}`,
  newInRoom: (name: string) => `New message in ${name}`,
  spoken: (name: string, message: string) => `${name}: ${message}`,
};

export const presenceText: Record<Person["presence"], string> = {
  online: "Online",
  offline: "Away",
  unknown: "Not known",
};

export const roleText: Record<string, string> = { admin: "Administrator", auditor: "Auditor" };

export const stateText: Record<ChatMessage["state"], string> = {
  queued: "Waiting to be sent",
  sent: "Sent",
  delivered: "Delivered",
  refused: "Not sent",
  received: "",
  undecryptable: "",
};

export const linkText: Record<Link["state"], string> = {
  connected: "Connected",
  connecting: "Connecting...",
  reconnecting: "Reconnecting",
  offline: "Offline",
};

export const reasonText: Record<LinkReason, string> = {
  no_network: "This computer has no network.",
  gateway_unreachable: "The office relay cannot be reached. Is this computer on the office network?",
  wrong_gateway_key: "What answered is not your office relay, so nothing was sent. Tell your office lead.",
  unsupported_version: "Chat and the office relay have different versions. Update the extension.",
  not_allowed: "The office relay does not let this browser in. Ask your office lead.",
  bus_down: "The office relay is waiting for its message service.",
  signed_out_by_gateway:
    "Chat runs a second time with a copy of this browser. Close the other one, then try again.",
  timeout: "The office relay does not answer.",
  gateway_stopping: "The office relay is restarting.",
  overloaded: "The office relay is busy.",
};

export const retryIn = (seconds: number) =>
  seconds > 90 ? `Next try in ${Math.round(seconds / 60)} min.` : `Next try in ${seconds} s.`;

const problems: Record<string, string> = {
  not_an_invite: "This is not a chat invite. Copy all of it, from the first character to the last.",
  invite_damaged: "This invite is not whole. Copy all of it, from the first character to the last.",
  invite_version: "This invite is for a newer version of chat. Update the extension, then paste it again.",
  invite_unusable: "This invite cannot be used. Ask your office lead for a new one.",
  invite_unknown: "Your office does not know this invite. Ask your office lead for a new one.",
  invite_expired: "This invite has expired. Ask your office lead for a new one.",
  invite_used: "This invite was used already. Ask your office lead for a new one.",
  already_member: "You have joined already on this browser.",
  device_revoked: "This browser was removed from the office. Ask your office lead for a new invite.",
  other_text: "This text is for something else in chat. Look where it belongs.",
  wrong_passphrase: "The passphrase is not right. Look at Caps Lock and the keyboard language.",
  wrong_sign_in: "Name and passphrase do not belong together. Look at both, and at Caps Lock.",
  too_many_attempts: "Too many tries. Wait a while, then try again.",
  weak_passphrase: "This passphrase is too easy. Take at least 12 characters, or four words.",
  passphrase_short: "This passphrase is too short. Take at least 12 characters, or four words.",
  passphrase_name: "Your name is too easy to guess. Take something else.",
  passphrase_differs: "The two are not the same. Type both again.",
  kit_group_wrong: "That is not this group. Look at the kit again.",
  no_office_key:
    'This needs the key of the office, which is not on this browser. See "Office key on this browser".',
  other_office: "This belongs to another office.",
  bad_address: "This is not an address. It looks like 192.168.1.20:8080.",
  bad_name: "This name cannot be used. It is empty, too long, or has odd characters.",
  not_connected: "Chat is not connected now. Try again once it is.",
  clock_skew: "The clock of this computer is wrong. Set it right, then try again.",
  unknown_person: "This colleague is no longer in the office.",
  text_too_long: "This message is too long. Send it in two parts.",
  outbox_full:
    "Too many messages wait for colleagues whose computers are off, or for the connection. Try again later.",
  storage_full:
    "The disk of this computer is full, so chat cannot save. Free some space; chat goes on by itself.",
  storage_failed:
    "The browser could not save chat data. Chat tries again; if this stays, restart the browser.",
  storage_damaged: "The chat data on this computer is damaged. Ask your office lead for help.",
  storage_version: "The chat data here is of another version. Update the extension.",
  busy: "Chat is still saving earlier messages. Try again in a moment.",
  lost_background: text.lostBackground,
  lost_job: "Chat was restarted by the browser just now. Look whether it was done before trying again.",
  covered: text.covered,
  profile_copied: "This browser's data is used in another place too. Close the other one, then try again.",
  roster_rollback:
    "The office relay holds back entries of the list of people. Nothing is sent; tell your office lead.",
  roster_fork:
    "The office relay shows different lists of people to different browsers. Nothing is sent; tell your office lead.",
  roster_invalid:
    "The office relay sent an entry of the list of people that breaks the rules. Nothing is sent; tell your office lead.",
  keys_changed: "The keys of this colleague changed. Compare the safety number, or go on without.",
  not_online: "This colleague is not on line now. Compare by emoji when both of you are.",
  comparison_over: "This comparison is over. Begin again.",
  sending_stopped: "Sending is stopped by the warning above. Look into that first.",
  safety_mismatch: "This does not match. Do not write anything private; tell your office lead.",
  unknown_room: "This room is closed, or you are no longer in it.",
  text_empty: "There is nothing to send.",
  name_taken: "Somebody in the office, or with an open invite, has this name already.",
  not_allowed: "You may not do this. Ask an administrator.",
  bad_entry: "This does not fit the office as it is now. Look again.",
  rules_order: officeText.wipeBeforeLock,
  nobody_chosen: roomText.nobodyChosen,
  table_large: "This file is too large for a table of staff.",
  table_unreadable: "This file cannot be read as a table. Save it as CSV.",
  internal: "Chat ran into an error and is starting again. If this stays, restart the browser.",
};

/** Why the office did not take a message, after "Not sent". Others are not worth a word of their own. */
const refusals: Record<string, string> = {
  rate_limited: "too many at once",
  frame_too_large: "too long",
  unknown_recipient: "no longer in the office",
  message_expired: "could not be delivered in time",
  clock_skew: "the clock of this computer is wrong",
  not_yours: "not allowed",
};

export function refusalText(reason: string | null): string {
  const words = reason === null ? undefined : refusals[reason];
  return words === undefined ? stateText.refused : `${stateText.refused}: ${words}`;
}

/** Why a message could not be opened, by the check that it failed; and what to do. */
const unopened: Record<string, string> = {
  no_one_time_key: "It was sealed for keys that this browser does not have any more. Ask for it again.",
  cannot_decrypt: "It was sealed for keys that this browser does not have any more. Ask for it again.",
  roster_fork: "Its sender sees another list of colleagues than you. Tell your office lead.",
  not_a_member: "Its sender does not belong here.",
  sender_mismatch: "It does not come from whom it names. Tell your office lead.",
  sender_distrusted: "It does not come from whom it names. Tell your office lead.",
  wrap_sender: "It does not come from whom it names. Tell your office lead.",
  identity_key: "It does not come from whom it names. Tell your office lead.",
  payload_version: "It needs a newer version of chat. Update the extension.",
  wrap_version: "It needs a newer version of chat. Update the extension.",
};

export function unopenedText(reason: string | null): string {
  return unopened[reason ?? ""] ?? "It was damaged or changed on its way. Ask for it again.";
}

/** Words of ours where the code is known, the core's own sentence otherwise. */
export function problemText(problem: Problem): string {
  return problems[problem.code] ?? problem.message;
}
