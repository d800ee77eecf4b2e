import { useCallback, useState } from "preact/hooks";
import type { Me } from "../core/types";
import { entryText } from "../strings/entry";
import { text } from "../strings/panel";
import { Account } from "./account";
import { Connection } from "./connection";
import { Fault } from "./fault";
import { RecoveryKit } from "./kit";
import { Member, type MemberProps } from "./member";
import { ChoosePassphrase } from "./passphrase";
import { TopBar } from "./top-bar";

type Page = "chat" | "account" | "passphrase" | "kit";

/** What a member has to do first (passphrase, recovery kit), then the chat; and the pages about oneself. */
export function Inside(props: Omit<MemberProps, "reminder"> & { me: Me }) {
  const { backend, state, view, me, actions, guard } = props;
  const [page, setPage] = useState<Page>("chat");
  const [later, setLater] = useState(false);
  const toChat = useCallback(() => setPage("chat"), []);
  const owesKit = me.holdsOfficeKey && !me.kitSaved;

  const screen = pick();
  if (screen === null) {
    return (
      <Member
        {...props}
        actions={{ ...actions, account: () => setPage("account") }}
        reminder={
          owesKit && (
            <p class="reminder">
              <span>{entryText.kitReminder}</span>
              <button type="button" class="quiet" onClick={() => setPage("kit")}>
                {entryText.showKit}
              </button>
            </p>
          )
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
        <Fault fault={state.fault ?? view.problem} />
      </div>
      {screen}
    </div>
  );

  function pick() {
    if (!me.hasPassphrase) {
      return <ChoosePassphrase backend={backend} view={view} me={me} guard={guard} done={toChat} />;
    }
    if (page === "kit" || (page === "chat" && owesKit && !later)) {
      const leave = () => {
        setLater(true);
        setPage("chat");
      };
      return <RecoveryKit backend={backend} saved={me.kitSaved} leave={leave} />;
    }
    if (page === "passphrase") {
      return (
        <ChoosePassphrase backend={backend} view={view} me={me} guard={guard} done={toChat}>
          <button type="button" class="quiet" onClick={toChat}>
            {entryText.back}
          </button>
        </ChoosePassphrase>
      );
    }
    if (page === "account") {
      return (
        <Account
          backend={backend}
          me={me}
          guard={guard}
          changePassphrase={() => setPage("passphrase")}
          showKit={() => setPage("kit")}
          leave={toChat}
        />
      );
    }
    return null;
  }
}
