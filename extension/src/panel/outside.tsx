import { useState } from "preact/hooks";
import type { View } from "../core/types";
import { entryText } from "../strings/entry";
import { problemText, text } from "../strings/panel";
import type { Backend, PanelState } from "./backend";
import { Connection } from "./connection";
import { Entering } from "./entering";
import { Fault } from "./fault";
import type { Guard } from "./guard";
import { Icon } from "./icons";
import { Entry, useAttempt } from "./join";
import { LockScreen } from "./lock-screen";
import { ChoosePassphrase } from "./passphrase";
import { TopBar, type WindowActions } from "./top-bar";

interface Props {
  state: PanelState;
  view: View;
  actions: WindowActions;
  backend: Backend;
  guard: Guard;
}

/** Every screen of somebody who is not, or not now, in an office. */
export function Outside(props: Props) {
  const { state, view, actions, backend } = props;
  return (
    <div class="panel">
      <div class="bars">
        <TopBar actions={{ ...actions, hide: null }}>
          <h2 class="title">{text.product}</h2>
        </TopBar>
        {view.stage !== "new" && view.stage !== "removed" && view.entering?.step !== "passphrase" && (
          <Connection link={view.link} aside="" retry={() => backend.retry()} />
        )}
        <Fault fault={state.fault} />
      </div>
      <Stage {...props} />
    </div>
  );
}

function Stage({ view, backend, guard }: Props) {
  const [again, setAgain] = useState(false);
  const attempt = useAttempt();
  switch (view.stage) {
    case "entering":
      if (view.entering === null) return <main class="join" aria-busy="true" />;
      if (view.entering.step === "passphrase") {
        return (
          <ChoosePassphrase backend={backend} view={view} name={view.entering.name ?? ""} guard={guard}>
            <button type="button" class="quiet" onClick={() => void backend.do("stopEntering")}>
              {entryText.cancel}
            </button>
          </ChoosePassphrase>
        );
      }
      return <Entering entering={view.entering} cancel={() => void backend.do("stopEntering")} />;
    case "locked":
      return (
        <LockScreen view={view} unlock={guard((passphrase: string) => backend.do("unlock", passphrase))} />
      );
    case "stale":
      return (
        <main class="join">
          <span class="emblem">
            <Icon name="clock" />
          </span>
          <h1>{entryText.stale}</h1>
          <p>{view.problem === null ? entryText.staleMore : problemText(view.problem)}</p>
          <button type="button" class="primary" onClick={() => backend.retry()}>
            {text.tryNow}
          </button>
        </main>
      );
    case "removed":
      if (again) {
        // Until something was tried, the problem is that of the removal.
        const problem = attempt.last.way === null ? null : view.problem;
        return <Entry backend={backend} problem={problem} guard={guard} attempt={attempt} />;
      }
      return (
        <main class="join">
          <span class="emblem">
            <Icon name="alert" />
          </span>
          <h1>{entryText.removed}</h1>
          <p>{view.problem === null ? entryText.removedMore : problemText(view.problem)}</p>
          <button type="button" class="primary" onClick={() => setAgain(true)}>
            {entryText.startAgain}
          </button>
        </main>
      );
    default:
      return <Entry backend={backend} problem={view.problem} guard={guard} attempt={attempt} />;
  }
}
