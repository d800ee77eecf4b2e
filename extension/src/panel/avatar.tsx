import type { Person } from "../core/types";
import { presenceText } from "../strings/panel";

const TINTS = 6;

export function Avatar({ person, large = false }: { person: Person; large?: boolean }) {
  const tint = Number.parseInt(person.user.slice(0, 4), 16) % TINTS;
  return (
    <span class={`avatar tint-${tint}${large ? " avatar-large" : ""}`}>
      <span aria-hidden="true">{initials(person.name)}</span>
      <span class={`dot dot-${person.presence}`} title={presenceText[person.presence]} />
    </span>
  );
}

/** First letters of the first and the last word, whole characters and not halves of them. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters
    .map((word) => Array.from(word ?? "")[0] ?? "")
    .join("")
    .toLocaleUpperCase();
}
