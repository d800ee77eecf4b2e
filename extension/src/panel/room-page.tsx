import { useEffect } from "preact/hooks";
import { roomText } from "../strings/rooms";
import { screenText } from "../strings/screens";
import { AskFirst } from "./ask-first";
import { EntryForm } from "./entry-form";
import { useJob } from "./jobs";
import { Outcome } from "./outcome";
import { RoomMembersList } from "./room-members";
import { Screen, type ScreenProps } from "./screen";
import { roomKind, roomName } from "./talks";

/** About a room: who is in it, and what one may do with it. */
export function RoomPage(props: ScreenProps & { room: string }) {
  const { backend, view, guard, pages } = props;
  const room = [...view.rooms, ...view.otherRooms].find((one) => one.room === props.room);
  const naming = useJob(backend, view, guard);
  const ending = useJob(backend, view, guard);
  const ended = ending.job?.state === "done";
  useEffect(() => {
    if (ended) pages.home();
  });

  if (room === undefined) {
    return (
      <Screen title={roomText.about} back={pages.back}>
        <p>{screenText.goneRoom}</p>
      </Screen>
    );
  }
  const name = roomName(room);
  return (
    <Screen title={name} back={pages.back}>
      <p>{roomKind(room)}</p>
      {room.kind !== "chosen" && <p class="soft">{roomText.follows}</p>}
      <RoomMembersList {...props} room={room} />
      {room.canManage && (
        <section aria-labelledby="rename-title">
          <h2 id="rename-title">{roomText.rename}</h2>
          <EntryForm
            key={name}
            fields={[{ id: "room-name", label: roomText.name, kind: "line", initial: room.name ?? "" }]}
            button={roomText.rename}
            busy={naming.working}
            problem={naming.problem}
            submit={(typed = "") => naming.start((job) => backend.do("renameRoom", room.room, typed, job))}
          />
          <Outcome problem={null} status={naming.job?.state === "done" && roomText.renamed} />
        </section>
      )}
      {(room.canLeave || room.canManage) && (
        <section class="endings">
          <Outcome problem={ending.problem} status={ending.working && screenText.working} />
          {room.canLeave && (
            <AskFirst
              id="leave-room"
              label={roomText.leave}
              title={roomText.leaveSure}
              more={roomText.leaveMore}
              yes={roomText.leave}
              act={() => ending.start((job) => backend.do("leaveRoom", room.room, job))}
            />
          )}
          {room.canManage && (
            <AskFirst
              id="close-room"
              label={roomText.close}
              title={roomText.closeSure(name)}
              more={roomText.closeMore}
              yes={roomText.close}
              act={() => ending.start((job) => backend.do("closeRoom", room.room, job))}
            />
          )}
        </section>
      )}
    </Screen>
  );
}
