import { useState } from "preact/hooks";
import type { Person } from "../core/types";
import { roleText } from "../strings/panel";
import { roomText } from "../strings/rooms";
import { matches } from "./talks";

/** Up to here the eye is faster than a search field. */
const SEARCH_FROM = 8;

interface Props {
  legend: string;
  people: readonly Person[];
  chosen: ReadonlySet<string>;
  choose(chosen: Set<string>): void;
}

/** Colleagues with a box to tick for each. Who is ticked stays on the screen whatever is searched for. */
export function PickPeople({ legend, people, chosen, choose }: Props) {
  const [query, setQuery] = useState("");
  const shown = people.filter(({ name, user }) => chosen.has(user) || matches(name, query));
  function toggle(user: string): void {
    const next = new Set(chosen);
    if (!next.delete(user)) next.add(user);
    choose(next);
  }
  return (
    <fieldset class="pick">
      <legend>
        {legend}
        {chosen.size > 0 && <span class="pick-count"> · {roomText.chosen(chosen.size)}</span>}
      </legend>
      {people.length >= SEARCH_FROM && (
        <input
          type="search"
          aria-label={roomText.findPeople}
          placeholder={roomText.findPeople}
          value={query}
          onInput={(event) => setQuery(event.currentTarget.value)}
          onKeyDown={(event) => {
            // Enter would send the form around this.
            if (event.key === "Enter") event.preventDefault();
          }}
        />
      )}
      <div class="pick-list">
        {shown.map(({ user, name, role, group }) => (
          <label key={user} class="pick-row">
            <input type="checkbox" checked={chosen.has(user)} onChange={() => toggle(user)} />
            <span>{name}</span>
            <span class="soft">{[roleText[role], group].filter(Boolean).join(" · ")}</span>
          </label>
        ))}
      </div>
      <p class="spoken" role="status">
        {roomText.chosen(chosen.size)}
      </p>
    </fieldset>
  );
}
