import type { Last, Person, Role, Room, Target, View } from "../core/types";
import { presenceText, roleText } from "../strings/panel";
import { roomText } from "../strings/rooms";

/** Somebody or some room to write to, as the list and the conversation show it. */
export type Talk = {
  target: Target;
  name: string;
  unread: number;
  last: Last | null;
} & ({ kind: "person"; person: Person } | { kind: "room"; room: Room });

/** Latest conversation first; what has none follows: rooms, then people who are present, by name. */
export function talksOf(view: View): Talk[] {
  const people = view.people.map(personTalk);
  const rooms = view.rooms.map(roomTalk);
  return [...rooms, ...people].sort(
    (a, b) => (b.last?.at ?? 0) - (a.last?.at ?? 0) || weight(b) - weight(a) || a.name.localeCompare(b.name),
  );
}

function personTalk(person: Person): Talk {
  const { user, name, unread, last } = person;
  return { kind: "person", target: `user:${user}`, name, unread, last, person };
}

function roomTalk(room: Room): Talk {
  const { unread, last } = room;
  return { kind: "room", target: `room:${room.room}`, name: roomName(room), unread, last, room };
}

export function roomName(room: Room): string {
  return room.name ?? roomText.unnamed;
}

/** Who is in a room, in words. */
export function roomKind({ kind, of }: Room): string {
  if (kind === "role") return roomText.ofRole[of as Role] ?? of ?? "";
  return kind === "group" ? roomText.ofGroup(of ?? "") : roomText.kind[kind];
}

/** One line about somebody or a room: under the name. */
export function about(talk: Talk, view: View): string {
  if (talk.kind === "room") {
    const { members, kind } = talk.room;
    const others = members.filter((user) => user !== view.me?.user).map((user) => nameOf(user, view));
    const who = roomText.withNames(members.length, others.join(", "));
    return kind === "chosen" ? who : `${roomKind(talk.room)} · ${who}`;
  }
  const { presence, role, group } = talk.person;
  return [presenceText[presence], roleText[role], group].filter(Boolean).join(" · ");
}

/** Also of people who are not in the office any more, whose messages are still here. */
export function nameOf(user: string, view: View): string {
  if (user === view.me?.user) return roomText.you;
  return view.people.find((person) => person.user === user)?.name ?? roomText.gone;
}

/** Places and teams that somebody has, or will have. */
export function groupsOf(view: View): string[] {
  const all = [...view.people, ...view.invites, ...(view.me === null ? [] : [view.me])];
  const groups = all.flatMap(({ group }) => (group === null ? [] : [group]));
  return [...new Set(groups)].sort((a, b) => a.localeCompare(b));
}

/** Id of its row in the list. */
export function rowId(target: Target): string {
  return target.replace(/^user:/, "person-").replace(/^room:/, "room-");
}

/** Accents and case do not matter: "jose" finds José. */
export function matches(name: string, query: string): boolean {
  const plain = (s: string) => s.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();
  return plain(name).includes(plain(query.trim()));
}

function weight(talk: Talk): number {
  if (talk.kind === "room") return 2;
  return talk.person.presence === "online" ? 1 : 0;
}
