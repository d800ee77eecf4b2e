import type { Policy, Problem } from "../core/types";
import { durations, officeText } from "../strings/office";
import { screenText } from "../strings/screens";
import { EntryForm } from "./entry-form";
import type { Field } from "./field-row";
import { useJob } from "./jobs";
import { Outcome } from "./outcome";
import { Screen, type ScreenProps } from "./screen";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const CHOICES: Record<keyof Policy, readonly number[]> = {
  idleLockMs: [1, 2, 5, 10, 15, 30, 60].map((n) => n * MINUTE),
  staleLockMs: [1, 3, 7, 14, 30, 60].map((n) => n * DAY),
  staleWipeMs: [7, 14, 30, 60, 90, 180].map((n) => n * DAY),
  historyMs: [HOUR, 8 * HOUR, DAY, 3 * DAY, 7 * DAY, 30 * DAY],
};

/** The rules that every browser of the office keeps. */
export function Rules({ backend, view, guard, pages }: ScreenProps) {
  const task = useJob(backend, view, guard);
  const { office } = view;
  if (office === null) return null;
  const { idleLockMs, staleLockMs, staleWipeMs, historyMs } = office;
  const fields: Field[] = [
    choice("idleLockMs", officeText.idleLock, idleLockMs),
    { ...choice("staleLockMs", officeText.staleLock, staleLockMs), hint: officeText.staleLockHint },
    choice("staleWipeMs", officeText.staleWipe, staleWipeMs),
    choice("historyMs", officeText.history, historyMs),
  ];

  async function save(...values: string[]): Promise<Problem | null> {
    const [idle = 0, lock = 0, wipe = 0, history = 0] = values.map(Number);
    if (wipe < lock) return { code: "rules_order", message: "" };
    const policy = { idleLockMs: idle, staleLockMs: lock, staleWipeMs: wipe, historyMs: history };
    return task.start((job) => backend.do("setPolicy", policy, job));
  }

  return (
    <Screen title={officeText.rules} back={pages.back}>
      <p>{officeText.rulesIntro}</p>
      <EntryForm
        // Somebody else may change them too: then these are the rules to begin from.
        key={[idleLockMs, staleLockMs, staleWipeMs, historyMs].join()}
        fields={fields}
        button={officeText.saveRules}
        busy={task.working}
        problem={task.problem}
        submit={save}
      />
      <Outcome
        problem={null}
        status={task.working ? screenText.working : task.job?.state === "done" && screenText.saved}
      />
    </Screen>
  );
}

/** The rule of now is always among the choices. */
function choice(id: keyof Policy, label: string, now: number): Field {
  const all = [...new Set([...CHOICES[id], now])].sort((a, b) => a - b);
  const options = all.map((value) => ({ value: String(value), label: inWords(value) }));
  return { id, label, kind: "choice", initial: String(now), options };
}

function inWords(ms: number): string {
  if (ms % DAY === 0) return durations.days(ms / DAY);
  if (ms % HOUR === 0) return durations.hours(ms / HOUR);
  return durations.minutes(Math.round(ms / MINUTE));
}
