import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import type { Problem, View } from "../core/types";
import { entryText } from "../strings/entry";
import type { Backend } from "./backend";
import { EntryForm } from "./entry-form";
import type { Field } from "./field-row";
import type { Guard } from "./guard";
import { Icon } from "./icons";
import { useJob } from "./jobs";
import { passphraseFault } from "./passphrase-rule";

const fields: Field[] = [
  {
    id: "passphrase",
    label: entryText.newPassphrase,
    kind: "secret",
    hint: entryText.rule,
    autocomplete: "new-password",
  },
  { id: "again", label: entryText.again, kind: "secret", autocomplete: "new-password" },
];

interface Props {
  backend: Backend;
  view: View;
  /** Whose it is. */
  name: string;
  /** There is one already. */
  another?: boolean;
  guard: Guard;
  /** Called once it is set. */
  done?: () => void;
  children?: ComponentChildren;
}

/** Chooses the passphrase, or another one. There is no way around it: without it this browser cannot be locked. */
export function ChoosePassphrase({ backend, view, name, another = false, guard, done, children }: Props) {
  const task = useJob(backend, view);
  const finished = task.job?.state === "done";
  useEffect(() => {
    if (finished) done?.();
  }, [finished, done]);

  const set = guard((passphrase: string) =>
    task.start((job) => backend.do("setPassphrase", passphrase, job)),
  );

  async function submit(passphrase = "", again = ""): Promise<Problem | null> {
    const fault = passphraseFault(passphrase, name);
    if (fault !== null) return { code: `passphrase_${fault}`, message: "" };
    if (passphrase !== again) return { code: "passphrase_differs", message: "" };
    return set(passphrase);
  }

  return (
    <main class="join">
      <span class={task.working ? "emblem busy" : "emblem"}>
        <Icon name="lock" />
      </span>
      <h1>{another ? entryText.changePassphrase : entryText.choosePassphrase}</h1>
      <p>{entryText.passphraseMore}</p>
      <EntryForm
        fields={fields}
        button={entryText.setPassphrase}
        busy={task.working}
        problem={task.problem ?? (another ? null : view.problem)}
        submit={submit}
      >
        <p role="status" class="entry-hint">
          {task.working && entryText.settingPassphrase}
        </p>
      </EntryForm>
      {children}
    </main>
  );
}
