import { entryText } from "../strings/entry";
import { officeText } from "../strings/office";
import { Door, Screen, type ScreenProps } from "./screen";

/** Everything that administrators look after. */
export function OfficePage({ view, me, pages }: ScreenProps) {
  const open = view.invites.filter(({ expired }) => !expired).length;
  return (
    <Screen title={officeText.manage} back={pages.back}>
      {view.office !== null && <p>{view.office.name}</p>}
      <ul class="doors">
        <Door
          id="to-staff"
          label={officeText.staff}
          more={officeText.staffMore(view.people.length + 1)}
          open={() => pages.go({ name: "staff" })}
        />
        <Door
          id="to-invite"
          label={officeText.invite}
          more={officeText.inviteMore}
          open={() => pages.go({ name: "invite" })}
        />
        <Door
          id="to-import"
          label={officeText.import}
          more={officeText.importMore}
          open={() => pages.go({ name: "import" })}
        />
        <Door
          id="to-invites"
          label={officeText.invites}
          more={officeText.invitesMore(open)}
          open={() => pages.go({ name: "invites" })}
        />
        {view.otherRooms.length > 0 && (
          <Door
            id="to-other-rooms"
            label={officeText.otherRooms}
            more={officeText.otherRoomsMore(view.otherRooms.length)}
            open={() => pages.go({ name: "otherRooms" })}
          />
        )}
        <Door
          id="to-rules"
          label={officeText.rules}
          more={officeText.rulesMore}
          open={() => pages.go({ name: "rules" })}
        />
        {me.holdsOfficeKey ? (
          <Door id="to-kit" label={entryText.showKit} open={() => pages.go({ name: "kit" })} />
        ) : (
          <Door
            id="to-office-key"
            label={officeText.officeKey}
            more={officeText.officeKeyMore}
            open={() => pages.go({ name: "officeKey" })}
          />
        )}
      </ul>
    </Screen>
  );
}
