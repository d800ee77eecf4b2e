import { officeText } from "../strings/office";
import { Door, Screen, type ScreenProps } from "./screen";
import { roomKind, roomName } from "./talks";

/** Rooms of a role or a place that an administrator looks after from outside. */
export function OtherRooms({ view, pages }: ScreenProps) {
  return (
    <Screen title={officeText.otherRooms} back={pages.back}>
      <p class="soft">{officeText.otherRoomsWhy}</p>
      <ul class="doors">
        {view.otherRooms.map((room) => (
          <Door
            key={room.room}
            id={`other-${room.room}`}
            label={roomName(room)}
            more={roomKind(room)}
            open={() => pages.go({ name: "room", room: room.room })}
          />
        ))}
      </ul>
    </Screen>
  );
}
