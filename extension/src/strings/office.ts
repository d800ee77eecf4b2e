/** Texts of administration. */
export const officeText = {
  manage: "Manage the office",
  manageMore: "People, invites, rules",

  staff: "People",
  staffMore: (n: number) => `${n} in the office`,
  workstations: (n: number) => (n === 1 ? "1 workstation" : `${n} workstations`),

  invite: "Invite one person",
  inviteMore: "With a sheet to hand out",
  inviteButton: "Make the invite",
  inviting: "Making invites...",
  ttl: "How long can it be used?",
  days: (n: number) => (n === 1 ? "1 day" : `${n} days`),

  import: "Invite many from a table",
  importMore: "A CSV file: name, role, group",
  importIntro:
    'One row for each person, with the columns "name", "role" (staff, admin or auditor) and "group". Role and group may stay empty.',
  file: "CSV file",
  paste: "Or paste the table here",
  look: "Look at the rows",
  preview: (n: number) => `${n} ${n === 1 ? "person" : "people"} to invite`,
  badRows: (n: number) => (n === 1 ? "1 row has to be mended" : `${n} rows have to be mended`),
  badRow: (row: number, message: string) => `Row ${row}: ${message}`,
  mendFirst: "Nothing is sent while there is a row to mend. Change the table, then look at it again.",
  inviteAll: (n: number) => (n === 1 ? "Invite 1 person" : `Invite ${n} people`),
  columns: ["Name", "Role", "Place or team"],

  sheets: (n: number) => (n === 1 ? "The invite is ready" : `${n} invites are ready`),
  sheetsMore: "They are shown only now. Print them or pass them on before you leave this page.",
  printSheets: (n: number) => (n === 1 ? "Print the sheet" : `Print ${n} sheets`),
  noCode: "The relay could not keep a code for this one: use the link or the picture.",
  sheetTitle: "Invites to CRM+ Chat",
  sheetHeading: (name: string) => `${name}: your invite to CRM+ Chat`,
  sheetIntro:
    'Open chat with its button in the CRM page, choose "I have an invite", then "Type an address and a code". Or paste the link.',
  sheetNote: "This works once. Keep it to yourself and throw it away, torn up, when you are in.",
  office: "Office",
  validUntil: "Valid until",

  otherRooms: "Rooms of others",
  otherRoomsMore: (n: number) => (n === 1 ? "1 that you are not in" : `${n} that you are not in`),
  otherRoomsWhy: "You look after these rooms and cannot read them: you are not one of their members.",

  invites: "Open invites",
  invitesMore: (n: number) => (n === 0 ? "None" : `${n} not used yet`),
  noInvites: "Every invite was used, or none was made.",
  expired: "Expired",
  withdraw: "Withdraw",
  withdrawOf: (name: string) => `Withdraw the invite of ${name}`,
  withdrawSure: (name: string) => `Withdraw the invite of ${name}?`,
  withdrawMore: "Its link and its code do not work any more.",
  withdrawn: "Withdrawn.",
  again: "Invite again",
  againOf: (name: string) => `Invite ${name} again`,

  roleAndPlace: "Role and place",
  saveRole: "Save",
  lostAll: "Lost every workstation",
  lostAllMore: (name: string) =>
    `If ${name} has no workstation and no passphrase any more, a new invite gives new keys. Colleagues are told that the keys changed.`,
  inviteAgainSure: (name: string) => `Invite ${name} again?`,
  inviteAgainMore: "Once the invite is used, the former workstations are signed out.",
  remove: "Remove from the office",
  removeMore: (name: string) =>
    `${name} is signed out everywhere at once, and the chat on those workstations is deleted. This cannot be undone.`,
  removeSure: (name: string) => `Remove ${name} from the office?`,
  removeYes: (name: string) => `Remove ${name}`,

  rules: "Rules of the office",
  rulesMore: "Lock, absence, history",
  rulesIntro: "They hold for every browser in the office as soon as it hears of them.",
  idleLock: "Lock when nobody uses the computer for",
  staleLock: "Show nothing without word from an administrator for",
  staleLockHint: "Protects a stolen workstation that is kept away from the network.",
  staleWipe: "Delete everything without word from an administrator for",
  history: "Keep messages for",
  saveRules: "Save the rules",
  wipeBeforeLock: "Deleting cannot come before showing nothing.",

  officeKey: "Office key on this browser",
  officeKeyMore: "Needed to make administrators",
  officeKeyIntro: "The recovery kit puts the key of the office onto this browser.",
  kit: "Recovery kit",
  kitHint: "The text in the file, or what a camera reads from the picture.",
  takeKey: "Put the key here",
} as const;

export const durations = {
  minutes: (n: number) => (n === 1 ? "1 minute" : `${n} minutes`),
  hours: (n: number) => (n === 1 ? "1 hour" : `${n} hours`),
  days: officeText.days,
} as const;
