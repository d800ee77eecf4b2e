import { useEffect, useRef, useState } from "preact/hooks";
import type { Problem, Role, Room, RoomMembers } from "../core/types";
import { roomText } from "../strings/rooms";
import { roleName } from "../strings/screens";
import { EntryForm } from "./entry-form";
import type { Field } from "./field-row";
import { useJob } from "./jobs";
import { PickPeople } from "./pick-people";
import { Screen, type ScreenProps } from "./screen";
import { groupsOf } from "./talks";

type Kind = Room["kind"];

const fields: Field[] = [{ id: "room-name", label: roomText.name, kind: "line", initial: "" }];
const kinds: { kind: Kind; label: string }[] = [
  { kind: "chosen", label: roomText.kind.chosen },
  { kind: "everyone", label: roomText.kind.everyone },
  { kind: "role", label: roomText.byRole },
  { kind: "group", label: roomText.byGroup },
];

/** Makes a room. Rooms that follow the office (everyone, a role, a place) are for administrators to make. */
export function NewRoom({ backend, view, me, guard, pages, talkTo }: ScreenProps) {
  const task = useJob(backend, view, guard);
  const [kind, setKind] = useState<Kind>("chosen");
  const [role, setRole] = useState<Role>("staff");
  const groups = groupsOf(view);
  const [group, setGroup] = useState(groups[0] ?? "");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const before = useRef<ReadonlySet<string>>(new Set());

  // It is there once it stands in the list; a room that one is not part of never does.
  const made = view.rooms.find(({ room }) => !before.current.has(room))?.room;
  const done = task.job?.state === "done";
  useEffect(() => {
    if (!done) return;
    if (made === undefined) pages.back();
    else talkTo(`room:${made}`);
  });

  async function submit(name = ""): Promise<Problem | null> {
    if (kind === "chosen" && chosen.size === 0) return { code: "nobody_chosen", message: "" };
    before.current = new Set(view.rooms.map(({ room }) => room));
    return task.start((job) => backend.do("makeRoom", name, members(), job));
  }

  function members(): RoomMembers {
    if (kind === "role") return { kind, role };
    if (kind === "group") return { kind, group };
    return kind === "everyone" ? { kind } : { kind: "chosen", users: [...chosen] };
  }

  return (
    <Screen title={roomText.newRoom} back={pages.back}>
      <EntryForm
        fields={fields}
        button={roomText.make}
        busy={task.working}
        problem={task.problem}
        submit={submit}
      >
        {me.role === "admin" && (
          <fieldset class="radios">
            <legend>{roomText.who}</legend>
            {kinds.map((one) => (
              <label key={one.kind}>
                <input
                  type="radio"
                  name="kind"
                  checked={kind === one.kind}
                  disabled={one.kind === "group" && groups.length === 0}
                  onChange={() => setKind(one.kind)}
                />
                {one.label}
                {one.kind === "group" && groups.length === 0 && <span class="soft">{roomText.noGroups}</span>}
              </label>
            ))}
          </fieldset>
        )}
        {kind === "role" && (
          <Choice
            id="room-role"
            label={roomText.whichRole}
            value={role}
            options={Object.entries(roleName)}
            choose={(value) => setRole(value as Role)}
          />
        )}
        {kind === "group" && (
          <Choice
            id="room-group"
            label={roomText.whichGroup}
            value={group}
            options={groups.map((one) => [one, one])}
            choose={setGroup}
          />
        )}
        {kind === "chosen" && (
          <>
            <PickPeople
              legend={roomText.choosePeople}
              people={view.people}
              chosen={chosen}
              choose={setChosen}
            />
            <p class="entry-hint">{roomText.youToo}</p>
          </>
        )}
        <p role="status" class="entry-hint">
          {task.working && roomText.making}
        </p>
      </EntryForm>
    </Screen>
  );
}

function Choice(props: {
  id: string;
  label: string;
  value: string;
  options: [value: string, label: string][];
  choose(value: string): void;
}) {
  return (
    <div class="entry-field">
      <label for={props.id}>{props.label}</label>
      <select id={props.id} value={props.value} onChange={(event) => props.choose(event.currentTarget.value)}>
        {props.options.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </div>
  );
}
