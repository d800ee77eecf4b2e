import type { Role } from "../core/types";

/** Texts that several pages inside an office share. */
export const screenText = {
  cancel: "Cancel",
  done: "Done",
  working: "Working...",
  saved: "Saved.",
  copy: "Copy",
  copied: "Copied.",
  marked: "Marked. Press Ctrl+C to copy.",
  link: "Link",
  address: "Address",
  code: "Code",
  qr: "Code for a camera",
  name: "Name",
  role: "Role",
  group: "Place or team",
  noGroup: "None",
  groupHint: "For example Front desk. May stay empty.",
  validUntil: (when: string) => `Valid until ${when}`,
  gonePerson: "This colleague is no longer in the office.",
  goneRoom: "This room is closed, or you are no longer in it.",
  needsOfficeKey: "Only a browser with the key of the office can make or change administrators.",
} as const;

export const roleName: Record<Role, string> = {
  admin: "Administrator",
  staff: "Staff",
  auditor: "Auditor",
};
