import { useState } from "preact/hooks";
import type { PendingInvite } from "../core/types";
import { officeText } from "../strings/office";
import { roleName, screenText } from "../strings/screens";
import { AskFirst } from "./ask-first";
import { useJob } from "./jobs";
import { Outcome } from "./outcome";
import { ttlField } from "./person-fields";
import { Screen, type ScreenProps } from "./screen";
import { Sheets, sheetsOf } from "./sheets";
import { dateAndTime } from "./when";

/** Invites that nobody has used: withdraw them, or make expired ones anew. */
export function OpenInvites({ backend, view, guard, pages }: ScreenProps) {
  const task = useJob(backend, view, guard);
  const [last, setLast] = useState("");
  const sheets = sheetsOf(task.job);
  if (sheets !== null) return <Sheets backend={backend} sheets={sheets} back={pages.back} />;

  function withdraw({ invite }: PendingInvite) {
    setLast(officeText.withdrawn);
    return task.start((job) => backend.do("withdrawInvite", invite, job));
  }
  function again({ name, role, group }: PendingInvite) {
    setLast("");
    const ttl = Number(ttlField.initial);
    return task.start((job) => backend.do("invite", [{ name, role, group }], ttl, job));
  }

  return (
    <Screen title={officeText.invites} back={pages.back}>
      <Outcome
        problem={task.problem}
        status={task.working ? screenText.working : task.job?.state === "done" && last}
      />
      {view.invites.length === 0 && <p>{officeText.noInvites}</p>}
      <ul class="rows">
        {view.invites.map((invite) => (
          <li key={invite.invite}>
            <span class="row-name">{invite.name}</span>
            <span class="soft">
              {[
                roleName[invite.role],
                invite.group,
                invite.expired ? officeText.expired : screenText.validUntil(dateAndTime(invite.expiresAt)),
              ]
                .filter(Boolean)
                .join(" · ")}
            </span>
            <span class="row-actions">
              {invite.expired && (
                <button
                  type="button"
                  class="quiet"
                  aria-label={officeText.againOf(invite.name)}
                  onClick={() => void again(invite)}
                >
                  {officeText.again}
                </button>
              )}
              <AskFirst
                id={`withdraw-${invite.invite}`}
                label={officeText.withdrawOf(invite.name)}
                title={officeText.withdrawSure(invite.name)}
                more={officeText.withdrawMore}
                yes={officeText.withdraw}
                act={() => withdraw(invite)}
              />
            </span>
          </li>
        ))}
      </ul>
    </Screen>
  );
}
