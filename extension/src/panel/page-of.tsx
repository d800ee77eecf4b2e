import { entryText } from "../strings/entry";
import { Account } from "./account";
import { AddDevice } from "./add-device";
import { MyDevices } from "./devices";
import { ImportPeople } from "./import-people";
import { InviteOne } from "./invite-one";
import { RecoveryKit } from "./kit";
import { NewRoom } from "./new-room";
import { OfficePage } from "./office";
import { OfficeKey } from "./office-key";
import { OpenInvites } from "./open-invites";
import { OtherRooms } from "./other-rooms";
import type { Page } from "./pages";
import { ChoosePassphrase } from "./passphrase";
import { PersonPage } from "./person-page";
import { RoomPage } from "./room-page";
import { Rules } from "./rules";
import type { ScreenProps } from "./screen";
import { Staff } from "./staff";

/** Each page by its name. */
export function PageOf({ page, ...props }: ScreenProps & { page: Page }) {
  const { backend, view, me, guard, pages } = props;
  switch (page.name) {
    case "account":
      return <Account {...props} />;
    case "passphrase":
      return (
        <ChoosePassphrase
          backend={backend}
          view={view}
          name={me.name}
          another={me.hasPassphrase}
          guard={guard}
          done={pages.home}
        >
          <button type="button" class="quiet" onClick={pages.back}>
            {entryText.back}
          </button>
        </ChoosePassphrase>
      );
    case "kit":
      return <RecoveryKit backend={backend} saved={me.kitSaved} leave={pages.back} />;
    case "devices":
      return <MyDevices {...props} />;
    case "addDevice":
      return <AddDevice {...props} />;
    case "newRoom":
      return <NewRoom {...props} />;
    case "room":
      return <RoomPage key={page.room} {...props} room={page.room} />;
    case "person":
      return <PersonPage key={page.user} {...props} user={page.user} />;
    case "office":
      return <OfficePage {...props} />;
    case "staff":
      return <Staff {...props} />;
    case "invite":
      return <InviteOne {...props} />;
    case "import":
      return <ImportPeople {...props} />;
    case "invites":
      return <OpenInvites {...props} />;
    case "otherRooms":
      return <OtherRooms {...props} />;
    case "rules":
      return <Rules {...props} />;
    case "officeKey":
      return <OfficeKey {...props} />;
  }
}
