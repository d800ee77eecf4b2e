import type { Person } from "../core/types";
import { presenceText } from "../strings/panel";
import { Icon } from "./icons";

const TINTS = 6;

export function Avatar({ person }: { person: Pick<Person, "user" | "name" | "presence"> }) {
  return (
    <span class={`avatar ${tint(person.user)}`}>
      <span aria-hidden="true">{initials(person.name)}</span>
      <span class={`dot dot-${person.presence}`} title={presenceText[person.presence]} />
    </span>
  );
}

/** A room has another shape than a person. */
export function RoomAvatar({ id }: { id: string }) {
  return (
    <span class={`avatar avatar-room ${tint(id)}`}>
      <Icon name="people" />
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

function tint(id: string): string {
  return `tint-${Number.parseInt(id.slice(0, 4), 16) % TINTS}`;
}
