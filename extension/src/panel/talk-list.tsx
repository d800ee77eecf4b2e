import { useState } from "preact/hooks";
import type { View } from "../core/types";
import { presenceText, roleText, text } from "../strings/panel";
import { roomText } from "../strings/rooms";
import { compareText } from "../strings/verify";
import { Avatar, RoomAvatar } from "./avatar";
import { Icon } from "./icons";
import { KeysBadge } from "./keys-badge";
import { matches, nameOf, roomKind, rowId, type Talk, talksOf } from "./talks";
import { shortWhen } from "./when";

/** Up to here the eye is faster than a search field. */
const SEARCH_FROM = 8;

interface Props {
  view: View;
  current: string | null;
  open(target: string): void;
}

/** Colleagues and rooms in one list, each with unread and last words. */
export function TalkList({ view, current, open }: Props) {
  const [query, setQuery] = useState("");
  const talks = talksOf(view);
  const found = talks.filter((talk) => matches(talk.name, query));
  if (talks.length === 0) {
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
      {talks.length >= SEARCH_FROM && (
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
        {found.map((talk) => (
          <li key={talk.target}>
            <Row talk={talk} view={view} current={talk.target === current} open={open} />
          </li>
        ))}
      </ul>
      {found.length === 0 && <p class="no-match">{text.noMatch}</p>}
    </>
  );
}

function Row({ talk, view, current, open }: { talk: Talk; current: boolean } & Omit<Props, "current">) {
  const { target, name, last, unread } = talk;
  const asks = talk.kind === "person" && talk.person.comparison?.state === "asked";
  return (
    <button
      type="button"
      class={unread > 0 ? "person has-unread" : "person"}
      id={rowId(target)}
      aria-current={current ? "true" : undefined}
      onClick={() => open(target)}
    >
      {talk.kind === "person" ? <Avatar person={talk.person} /> : <RoomAvatar id={talk.room.room} />}
      <span class="person-line">
        <span class="person-name">{name}</span>
        {talk.kind === "person" && <KeysBadge keys={talk.person.keys} />}
      </span>
      {last !== null && <span class="person-when">{shortWhen(last.at, Date.now())}</span>}
      <span class="person-last">
        {asks ? (
          compareText.asksShort
        ) : last === null ? (
          resting(talk)
        ) : (
          <>
            <span class="spoken">
              {talk.kind === "person" ? presenceText[talk.person.presence] : roomKind(talk.room)}.{" "}
            </span>
            {last.mine && text.lastMine(last.text)}
            {!last.mine && talk.kind === "person" && last.text}
            {!last.mine && talk.kind === "room" && text.spoken(nameOf(last.sender, view), last.text)}
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

/** What stands where no words were exchanged yet. */
function resting(talk: Talk): string {
  if (talk.kind === "room") {
    return `${roomKind(talk.room)} · ${roomText.members(talk.room.members.length)}`;
  }
  return [presenceText[talk.person.presence], roleText[talk.person.role]].filter(Boolean).join(" · ");
}
