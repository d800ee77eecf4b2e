import { useState } from "preact/hooks";
import type { Me } from "../core/types";
import { entryText } from "../strings/entry";
import { text } from "../strings/panel";
import { Alarm } from "./alarm";
import { Connection } from "./connection";
import { Fault } from "./fault";
import { RecoveryKit } from "./kit";
import { Member, type MemberProps } from "./member";
import { PageOf } from "./page-of";
import { usePages } from "./pages";
import { ChoosePassphrase } from "./passphrase";
import { TopBar } from "./top-bar";

/** What a member has to do first (passphrase, recovery kit), then the chat; and the pages beside it. */
export function Inside(props: Omit<MemberProps, "reminder" | "pages"> & { me: Me }) {
  const { backend, state, view, me, actions, guard, setOpen } = props;
  const pages = usePages();
  const [later, setLater] = useState(false);
  const owesKit = me.holdsOfficeKey && !me.kitSaved;

  function talkTo(target: string): void {
    setOpen(target);
    backend.watch(target);
    pages.home();
    requestAnimationFrame(() => document.getElementById("composer")?.focus());
  }

  const screen = pick();
  if (screen === null) {
    return (
      <Member
        {...props}
        pages={pages}
        actions={{ ...actions, account: () => pages.go({ name: "account" }) }}
        reminder={
          <>
            {owesKit && (
              <p class="reminder">
                <span>{entryText.kitReminder}</span>
                <button type="button" id="kit" class="quiet" onClick={() => pages.go({ name: "kit" })}>
                  {entryText.showKit}
                </button>
              </p>
            )}
            {me.signsInElsewhere === false && (
              <p class="reminder">
                <span>{entryText.elsewhereReminder}</span>
                <button
                  type="button"
                  id="elsewhere"
                  class="quiet"
                  onClick={() => pages.go({ name: "passphrase" })}
                >
                  {entryText.setPassphrase}
                </button>
              </p>
            )}
          </>
        }
      />
    );
  }
  return (
    <div class="panel">
      <div class="bars">
        <TopBar actions={actions}>
          <h2 class="title">{text.product}</h2>
        </TopBar>
        <Connection link={view.link} aside="" retry={() => backend.retry()} />
        <Alarm alarm={view.alarm} backend={backend} guard={guard} />
        <Fault fault={state.fault ?? view.problem} />
      </div>
      {screen}
    </div>
  );

  function pick() {
    if (!me.hasPassphrase) {
      return <ChoosePassphrase backend={backend} view={view} name={me.name} guard={guard} />;
    }
    if (pages.page === null && owesKit && !later) {
      return <RecoveryKit backend={backend} saved={false} leave={() => setLater(true)} />;
    }
    if (pages.page === null) return null;
    return (
      <PageOf
        page={pages.page}
        backend={backend}
        view={view}
        me={me}
        guard={guard}
        pages={pages}
        talkTo={talkTo}
      />
    );
  }
}
