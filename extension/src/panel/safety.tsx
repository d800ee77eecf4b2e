import { useEffect, useState } from "preact/hooks";
import type { Person, Problem, SafetyNumber } from "../core/types";
import { MAX_INVITE } from "../messages/commands";
import { screenText } from "../strings/screens";
import { verifyText } from "../strings/verify";
import { CopyField } from "./copy-field";
import { EntryForm } from "./entry-form";
import type { Field } from "./field-row";
import { useAct } from "./jobs";
import { Outcome } from "./outcome";
import { QrPicture } from "./qr-picture";
import type { ScreenProps } from "./screen";

const fields: Field[] = [
  { id: "safety-text", label: verifyText.check, kind: "block", hint: verifyText.checkHint },
];

/** The number that both sides see as long as nobody is in between, and three ways to compare it. */
export function Safety({ backend, guard, person }: ScreenProps & { person: Person }) {
  const { user, name, keys } = person;
  const [number, setNumber] = useState<SafetyNumber | null>(null);
  const [unknown, setUnknown] = useState<Problem | null>(null);
  const [refused, run] = useAct(guard);
  const [matched, setMatched] = useState(false);

  // biome-ignore lint/correctness/useExhaustiveDependencies: other keys have another number
  useEffect(() => {
    let here = true;
    void backend.ask("safetyNumber", user).then((answer) => {
      if (!here) return;
      setUnknown(answer.problem);
      setNumber(answer.value);
    });
    return () => {
      here = false;
    };
  }, [backend, user, keys]);

  async function check(text = ""): Promise<Problem | null> {
    setMatched(false);
    const problem = await guard(() => backend.do("checkSafetyText", user, text.slice(0, MAX_INVITE)))();
    setMatched(problem === null);
    return problem;
  }

  return (
    <section aria-labelledby="safety-title">
      <h2 id="safety-title">{verifyText.title}</h2>
      <p>{verifyText.explain(name)}</p>
      <Outcome problem={unknown ?? refused} status={standing(person)} />
      {number !== null && (
        <>
          <ol class="safety-number" aria-label={verifyText.number(name)}>
            {number.groups.map((group, i) => (
              <li key={`${i}-${group}`}>{group}</li>
            ))}
          </ol>
          {keys !== "verified" && (
            <button
              type="button"
              id="mark-verified"
              class="primary"
              onClick={() => void run(() => backend.do("markVerified", user))}
            >
              {verifyText.mark}
            </button>
          )}
          <details class="more">
            <summary>{verifyText.check}</summary>
            <QrPicture qr={number.qr} label={screenText.qr} />
            <CopyField label={verifyText.copyOwn} value={number.text} />
            <EntryForm fields={fields} button={verifyText.checkButton} problem={null} submit={check} />
            <Outcome problem={null} status={matched && verifyText.matches} />
          </details>
        </>
      )}
    </section>
  );
}

function standing({ keys, name }: Person): string {
  if (keys === "verified") return verifyText.isVerified(name);
  return keys === "changed" ? verifyText.isChanged(name) : verifyText.notVerified(name);
}
