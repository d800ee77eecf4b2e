import { deviceText } from "../strings/devices";
import { entryText } from "../strings/entry";
import { officeText } from "../strings/office";
import { AskFirst } from "./ask-first";
import { useAct } from "./jobs";
import { Outcome } from "./outcome";
import { Door, Screen, type ScreenProps } from "./screen";

/** What concerns oneself: lock, passphrase, workstations, recovery kit, signing out. */
export function Account({ backend, me, guard, pages }: ScreenProps) {
  const [problem, run] = useAct(guard);
  return (
    <Screen title={entryText.account} back={pages.back}>
      <p>{entryText.you(me.name)}</p>
      <Outcome problem={problem} />
      <ul class="doors">
        <Door id="lock-now" label={entryText.lockNow} open={() => void run(() => backend.do("lock"))} />
        <Door
          id="change-passphrase"
          label={entryText.changePassphrase}
          open={() => pages.go({ name: "passphrase" })}
        />
        <Door
          id="my-devices"
          label={deviceText.mine}
          more={deviceText.mineMore}
          open={() => pages.go({ name: "devices" })}
        />
        <Door
          id="add-device"
          label={deviceText.add}
          more={deviceText.addMore}
          open={() => pages.go({ name: "addDevice" })}
        />
        {me.holdsOfficeKey && (
          <Door id="show-kit" label={entryText.showKit} open={() => pages.go({ name: "kit" })} />
        )}
        {me.role === "admin" && (
          <Door
            id="to-office"
            label={officeText.manage}
            more={officeText.manageMore}
            open={() => pages.go({ name: "office" })}
          />
        )}
      </ul>
      <AskFirst
        id="sign-out"
        label={entryText.signOut}
        title={entryText.signOutSure}
        more={entryText.signOutMore}
        yes={entryText.signOut}
        no={entryText.stay}
        act={guard(() => backend.do("signOut"))}
      />
    </Screen>
  );
}
