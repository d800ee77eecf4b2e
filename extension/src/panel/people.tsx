import { useState } from "preact/hooks";
import type { Person } from "../core/types";
import { presenceText, roleText, text } from "../strings/panel";
import { Avatar } from "./avatar";
import { Icon } from "./icons";
import { shortWhen } from "./when";

/** Up to here the eye is faster than a search field. */
const SEARCH_FROM = 8;

interface Props {
  people: readonly Person[];
  current: string | null;
  open(user: string): void;
}

export function People({ people, current, open }: Props) {
  const [query, setQuery] = useState("");
  const found = inOrder(people).filter((person) => matches(person, query));
  if (people.length === 0) {
    return (
      <div class="empty">
        <Icon name="people" />
        <h2>{text.nobodyYet}</h2>
        <p>{text.nobodyYetMore}</p>
      </div>
    );
  }
  return (
    <>
      {people.length >= SEARCH_FROM && (
        <label class="search">
          <Icon name="search" />
          <span class="spoken">{text.search}</span>
          <input
            type="search"
            placeholder={text.search}
            value={query}
            onInput={(event) => setQuery(event.currentTarget.value)}
          />
        </label>
      )}
      <ul class="people">
        {found.map((person) => (
          <li key={person.user}>
            <PersonRow person={person} current={person.user === current} open={open} />
          </li>
        ))}
      </ul>
      {found.length === 0 && <p class="no-match">{text.noMatch}</p>}
    </>
  );
}

function PersonRow({
  person,
  current,
  open,
}: {
  person: Person;
  current: boolean;
  open(user: string): void;
}) {
  const { last, unread } = person;
  const role = roleText[person.role];
  return (
    <button
      type="button"
      class={unread > 0 ? "person has-unread" : "person"}
      id={`person-${person.user}`}
      aria-current={current ? "true" : undefined}
      onClick={() => open(person.user)}
    >
      <Avatar person={person} />
      <span class="person-name">{person.name}</span>
      {last !== null && <span class="person-when">{shortWhen(last.at, Date.now())}</span>}
      <span class="person-last">
        {last === null ? (
          [presenceText[person.presence], role].filter(Boolean).join(" · ")
        ) : (
          <>
            <span class="spoken">{presenceText[person.presence]}. </span>
            {last.mine ? text.lastMine(last.text) : last.text}
          </>
        )}
      </span>
      {unread > 0 && (
        <span class="count">
          <span aria-hidden="true">{unread > 99 ? "99+" : unread}</span>
          <span class="spoken">{text.unread(unread)}</span>
        </span>
      )}
    </button>
  );
}

/** Latest conversation first; who has none follows, present ones first, by name. */
function inOrder(people: readonly Person[]): Person[] {
  return [...people].sort(
    (a, b) =>
      (b.last?.at ?? 0) - (a.last?.at ?? 0) ||
      Number(b.presence === "online") - Number(a.presence === "online") ||
      a.name.localeCompare(b.name),
  );
}

/** Accents and case do not matter: "jose" finds José. */
function matches(person: Person, query: string): boolean {
  const plain = (s: string) => s.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();
  return plain(person.name).includes(plain(query.trim()));
}
