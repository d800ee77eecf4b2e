import type { Entering as EnteringView } from "../core/types";
import { entryText } from "../strings/entry";
import { Icon } from "./icons";

/** What comes after what, past the choice of a passphrase where one is to be chosen. */
const WAYS = {
  found: ["stretching", "connecting", "enrolling"],
  join: ["stretching", "connecting", "enrolling"],
  restore: ["stretching", "connecting", "enrolling"],
  code: ["connecting", "asking", "stretching", "enrolling"],
  sign_in: ["connecting", "asking", "stretching", "enrolling"],
} as const;

/** How far the way in has come; the connection line above says what is in the way. */
export function Entering({ entering, cancel }: { entering: EnteringView; cancel(): void }) {
  const steps = WAYS[entering.way].map((step) => ({ step, words: entryText.steps[step] }));
  const reached = steps.findIndex(({ step }) => step === entering.step);
  return (
    <main class="join">
      <span class="emblem busy">
        <Icon name="chat" />
      </span>
      <h1>{entryText.entering[entering.way]}</h1>
      {entering.office !== null && <p>{entering.office}</p>}
      <ol class="steps">
        {steps.map(({ step, words }, i) => (
          <li
            key={step}
            class={i < reached ? "done" : i === reached ? "current" : ""}
            aria-current={i === reached ? "step" : undefined}
          >
            {words}
          </li>
        ))}
      </ol>
      <p class="spoken" role="status">
        {steps[reached]?.words}
      </p>
      <button type="button" class="quiet" onClick={cancel}>
        {entryText.cancel}
      </button>
    </main>
  );
}
