import { useState } from "preact/hooks";
import type { Room } from "../core/types";
import { roleText } from "../strings/panel";
import { roomText } from "../strings/rooms";
import { screenText } from "../strings/screens";
import { AskFirst } from "./ask-first";
import { useJob } from "./jobs";
import { Outcome } from "./outcome";
import { PickPeople } from "./pick-people";
import type { ScreenProps } from "./screen";
import { nameOf } from "./talks";

/** Members by name; whoever may change a room of chosen people adds and removes them here. */
export function RoomMembersList({ backend, view, me, guard, room }: ScreenProps & { room: Room }) {
  const task = useJob(backend, view, guard);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const changes = room.canManage && room.kind === "chosen";
  const others = view.people.filter(({ user }) => !room.members.includes(user));
  const change = (add: string[], remove: string[]) =>
    task.start((job) => backend.do("changeRoom", room.room, add, remove, job));
  return (
    <section aria-labelledby="members-title">
      <h2 id="members-title">{roomText.members(room.members.length)}</h2>
      <Outcome problem={task.problem} status={task.working && screenText.working} />
      <ul class="rows">
        {inOrder().map(({ user, name, role }) => (
          <li key={user}>
            <span class="row-name">{name}</span>
            <span class="soft">{role}</span>
            {changes && user !== me.user && (
              <AskFirst
                id={`remove-${user}`}
                label={roomText.remove(name)}
                title={roomText.removeSure(name)}
                more={roomText.removeMore}
                yes={roomText.removeShort}
                act={() => change([], [user])}
              />
            )}
          </li>
        ))}
      </ul>
      {changes && others.length === 0 && <p class="soft">{roomText.everybodyIn}</p>}
      {changes && others.length > 0 && (
        <form
          onSubmit={async (event) => {
            event.preventDefault();
            if (chosen.size > 0 && (await change([...chosen], [])) === null) setChosen(new Set());
          }}
        >
          <PickPeople legend={roomText.add} people={others} chosen={chosen} choose={setChosen} />
          <button type="submit" class="primary" disabled={chosen.size === 0}>
            {roomText.addChosen}
          </button>
        </form>
      )}
    </section>
  );

  function inOrder() {
    return room.members
      .map((user) => {
        const known = view.people.find((person) => person.user === user);
        const role = user === me.user ? me.role : known?.role;
        return { user, name: nameOf(user, view), role: role === undefined ? "" : roleText[role] };
      })
      .sort(
        (a, b) => Number(b.user === me.user) - Number(a.user === me.user) || a.name.localeCompare(b.name),
      );
  }
}
