import { useEffect, useState } from "preact/hooks";
import type { Problem, View } from "../core/types";
import { entryText } from "../strings/entry";
import { EntryForm } from "./entry-form";
import type { Field } from "./field-row";
import { Icon } from "./icons";

const fields: Field[] = [
  { id: "passphrase", label: entryText.passphrase, kind: "secret", autocomplete: "current-password" },
];

/** The passphrase opens it; until then nothing private is in this page or in the background. */
export function LockScreen({
  view,
  unlock,
}: {
  view: View;
  unlock(passphrase: string): Promise<Problem | null>;
}) {
  const [working, setWorking] = useState(false);
  const { problem } = view;
  useEffect(() => {
    // The view is a new one each time: a second wrong passphrase ends the waiting too.
    if (problem !== null) setWorking(false);
  }, [problem]);

  async function submit(passphrase: string): Promise<Problem | null> {
    setWorking(true);
    const refused = await unlock(passphrase);
    if (refused !== null) setWorking(false);
    return refused;
  }

  return (
    <main class="join">
      <span class={working ? "emblem busy" : "emblem"}>
        <Icon name="lock" />
      </span>
      <h1>{entryText.locked}</h1>
      <p>{entryText.lockedMore}</p>
      <EntryForm
        fields={fields}
        button={entryText.unlock}
        busy={working}
        problem={working ? null : problem}
        submit={submit}
      >
        <p role="status" class="entry-hint">
          {working && entryText.unlocking}
        </p>
      </EntryForm>
    </main>
  );
}
