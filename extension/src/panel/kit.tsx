import { useEffect, useState } from "preact/hooks";
import type { Kit, Problem } from "../core/types";
import type { PrintJob } from "../messages/sheet";
import { entryText } from "../strings/entry";
import { problemText } from "../strings/panel";
import type { Backend } from "./backend";
import { saveFile } from "./download";
import { EntryForm } from "./entry-form";
import { Icon } from "./icons";

interface Props {
  backend: Backend;
  saved: boolean;
  /** Leaves the screen, with the kit saved or for later. */
  leave(): void;
}

/** The recovery kit: on paper and in a file, and proved to be there by typing one of its groups. */
export function RecoveryKit({ backend, saved, leave }: Props) {
  const [kit, setKit] = useState<Kit | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    let here = true;
    void backend.ask("recoveryKit").then((answer) => {
      if (!here) return;
      setProblem(answer.problem);
      setKit(answer.value);
      if (answer.value !== null) setAsked(Math.floor(Math.random() * answer.value.groups.length));
    });
    return () => {
      here = false;
    };
  }, [backend]);

  async function confirm(typed = ""): Promise<Problem | null> {
    if (kit === null || plain(typed) !== plain(kit.groups[asked] ?? "")) {
      return { code: "kit_group_wrong", message: "" };
    }
    const refused = await backend.do("kitWasSaved");
    if (refused === null) leave();
    return refused;
  }

  return (
    <main class="join kit">
      <span class="emblem">
        <Icon name="lock" />
      </span>
      <h1>{entryText.kitTitle}</h1>
      <p>{entryText.kitMore}</p>
      {problem !== null && (
        <p class="error" role="alert">
          <Icon name="alert" />
          {problemText(problem)}
        </p>
      )}
      {kit !== null && (
        <>
          <div class="kit-actions">
            <button
              type="button"
              class="primary"
              onClick={async () => setProblem(await backend.print(kitSheet(kit)))}
            >
              {entryText.printKit}
            </button>
            <button type="button" class="quiet" onClick={() => saveFile(entryText.kitFile, kitFile(kit))}>
              {entryText.saveKit}
            </button>
          </div>
          <EntryForm
            fields={[
              {
                id: "group",
                label: entryText.kitGroup(asked + 1),
                kind: "line",
                hint: entryText.kitGroupHint,
              },
            ]}
            button={entryText.kitConfirm}
            problem={null}
            submit={confirm}
          />
        </>
      )}
      <button type="button" class="quiet" onClick={leave}>
        {saved ? entryText.back : entryText.later}
      </button>
    </main>
  );
}

/** As it goes to the printer. */
function kitSheet(kit: Kit): PrintJob {
  const page = {
    heading: entryText.kitHeading,
    intro: [entryText.kitIntro],
    facts: [{ label: entryText.officeName, value: kit.office }],
    groups: kit.groups,
    qr: kit.qr,
    small: null,
    notes: [entryText.kitNote],
  };
  return { title: entryText.kitHeading, pages: [page] };
}

function kitFile(kit: Kit): string {
  return [
    entryText.kitHeading,
    kit.office,
    "",
    entryText.kitIntro,
    "",
    ...kit.groups.map((group, i) => `${i + 1}. ${group}`),
    "",
    kit.text,
    "",
    entryText.kitNote,
    "",
  ].join("\r\n");
}

/** Case, spaces and dashes are for the eye. */
function plain(group: string): string {
  return group.toUpperCase().replace(/[^0-9A-Z]/g, "");
}
