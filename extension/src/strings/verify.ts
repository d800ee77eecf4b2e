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

/** Comparing keys by emoji. */
export const compareText = {
  title: "Compare by emoji",
  explain: (name: string) =>
    `A second way, while you talk to ${name} in person or on the phone: both of you see seven pictures, the same as long as nobody is in between.`,
  notOnline: (name: string) => `${name} has to be on line for this.`,
  start: "Compare by emoji",
  again: "Compare again",
  accept: "Compare now",
  decline: "Not now",
  stop: "Stop comparing",
  match: "They match",
  differ: "They differ",
  close: "Close",
  show: "Show",
  list: (name: string) => `Seven pictures to compare with ${name}`,
  asks: (name: string) => `${name} wants to compare keys`,
  asksShort: "Wants to compare keys",
  status: {
    waiting: (name: string) => `Waiting until ${name} agrees. Talk to each other meanwhile.`,
    asked: (name: string) =>
      `${name} wants to compare keys with you by emoji. Do it while you talk to each other.`,
    accepted: (name: string) => `Waiting for the browser of ${name}.`,
    comparing: (name: string) =>
      `Read the names to ${name}, in person or on the phone. Do both of you see the same, in the same order?`,
    elsewhere: (name: string) => `You compare with ${name} in another browser of yours.`,
    matched: (name: string) =>
      `They match: you have verified ${name}. Leave this open until ${name} is done.`,
  },
  broken: "Comparison broken off:",
} as const;

const inBetween =
  "Somebody may be in between. Write nothing private to each other, meet in person and compare the safety number, and tell your office lead.";

const broken: Record<string, string> = {
  declined: "the other person does not want to compare now.",
  stopped: "the other person ended it.",
  differ: `the pictures differ, and nothing was verified. ${inBetween}`,
  other_differs: `the other person sees different pictures, and nothing is verified. ${inBetween}`,
  busy: "the other person is comparing already. Try again in a moment.",
  over: "the other browser was locked or started anew. Begin again.",
  refused: "the other browser did not accept a step. Begin again; if it stays so, tell your office lead.",
  expired: "it took longer than ten minutes. Begin again.",
  keys_changed: "the keys changed meanwhile. Begin again, with the new ones.",
  device_gone: "the other browser was signed out.",
  compare_commitment: `the key is not the one that was announced. ${inBetween}`,
  compare_key: `the other browser sent a key that nobody honest has. ${inBetween}`,
  compare_order: "the other browser did not keep to the order of steps. Begin again.",
};

/** Why a comparison came to nothing, and what to do. */
export function brokenText(reason: string | null): string {
  return broken[reason ?? ""] ?? "it could not go on. Begin again.";
}
