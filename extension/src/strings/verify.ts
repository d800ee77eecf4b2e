/** Texts of comparing keys and of what is wrong with them. */
export const verifyText = {
  about: (name: string) => `About ${name}`,
  verified: "Verified",
  changed: "Keys changed",
  title: "Safety number",
  explain: (name: string) =>
    `You and ${name} see the same number as long as nobody is in between. Compare it in person or on the phone.`,
  number: (name: string) => `Safety number with ${name}`,
  mark: "Mark as verified",
  isVerified: (name: string) => `You have verified ${name}.`,
  notVerified: (name: string) => `You have not verified ${name} yet.`,
  isChanged: (name: string) =>
    `The keys of ${name} are not those that you knew. Compare the number again before you write.`,
  check: "Compare by text",
  checkHint: "Paste what the other side copied, or scan the picture on their screen into this field.",
  checkButton: "Compare",
  matches: "It matches. Verified.",
  copyOwn: "Text to send to the other side",

  blockedTitle: "Writing is stopped",
  blockedChanged: (name: string) =>
    `The keys of ${name} changed. That happens when somebody was invited again, and also when somebody pretends to be them. Ask in person before you go on.`,
  compare: "Compare the safety number",
  goOn: "Go on without comparing",
  goOnSure: (name: string) => `Trust the new keys of ${name}?`,
  goOnMore: "Do this only if you know why they changed.",
  goOnYes: "Trust them",

  alarm: "Warning",
  clear: "Clear",
  clearSure: "Go on in spite of this warning?",
  clearMore: "Messages are sent again. Do this only after your office lead has looked into it.",
  clearYes: "Clear the warning",
} as const;
