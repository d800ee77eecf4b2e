/** Texts of workstations: one's own and, for administrators, those of others. */
export const deviceText = {
  mine: "My workstations",
  mineMore: "Browsers that are signed in as you",
  of: (name: string) => `Workstations of ${name}`,
  loading: "Asking the office relay...",
  again: "Look again",
  thisOne: "This browser",
  other: (when: string) => `Added ${when}`,
  since: (when: string) => `Since ${when}`,
  online: "Online now",
  last: (when: string) => `Last used ${when}`,
  never: "Not used yet",
  tail: (id: string) => `Ends in ${id}`,
  none: "No workstation yet.",
  revokeOf: (name: string, id: string) => `Sign out: ${name} · ${id}`,
  revokeSure: (name: string) => `Sign out the workstation "${name}"?`,
  revokeMore:
    "It gets no more messages and deletes everything of the chat on it as soon as it hears of this.",
  lost: "It is lost or stolen",
  notLost: "It is just not used any more",
  revokeYes: "Sign it out",
  why: "Why?",
  revoked: "Signed out there.",

  add: "Add a workstation",
  addMore: "Chat on one more browser, as yourself",
  addIntro:
    'On the other workstation open chat, choose "I have an invite", then "Type an address and a code". Or scan the picture.',
  making: "Making a code...",
  secret: "Whoever has this code becomes you in chat. Show it to nobody; it works once.",
  leftFor: (minutes: number, seconds: number) =>
    `Valid for ${minutes}:${String(seconds).padStart(2, "0")} more`,
  expired: "This code has expired.",
  newCode: "Make a new code",
} as const;
