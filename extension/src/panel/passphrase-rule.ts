const SHORTEST = 12;
const FEWEST_WORDS = 4;
/** Two letters a word: "a b c d" is no passphrase. */
const SHORTEST_WORDS = FEWEST_WORDS * 3 - 1;
/** So much has to be there beside one's own name. */
const BESIDE_NAME = 6;

export type PassphraseFault = "short" | "name";

/** At least 12 characters, or four words; and not the person's own name. */
export function passphraseFault(passphrase: string, name: string): PassphraseFault | null {
  const plain = passphrase.normalize("NFC").trim();
  const length = Array.from(plain).length;
  const words = plain.split(/\s+/).filter((word) => Array.from(word).length >= 2).length;
  if (length < SHORTEST && !(words >= FEWEST_WORDS && length >= SHORTEST_WORDS)) return "short";
  let rest = plain.toLocaleLowerCase();
  for (const part of name.toLocaleLowerCase().split(/[^\p{L}\p{N}]+/u)) {
    if (Array.from(part).length > 1) rest = rest.replaceAll(part, "");
  }
  return Array.from(rest.replace(/[^\p{L}\p{N}]/gu, "")).length < BESIDE_NAME ? "name" : null;
}
