import type { Problem } from "../core/types";
import { problemText } from "../strings/panel";
import { verifyText } from "../strings/verify";
import { AskFirst } from "./ask-first";
import type { Backend } from "./backend";
import type { Guard } from "./guard";
import { Icon } from "./icons";
import type { Talk } from "./talks";

interface Props {
  backend: Backend;
  guard: Guard;
  talk: Talk;
  problem: Problem;
  compare(): void;
}

/** Stands in the place of the field to write in: why one cannot, and what lets one again. */
export function Blocked({ backend, guard, talk, problem, compare }: Props) {
  const changed = talk.kind === "person" && problem.code === "keys_changed" ? talk.person : null;
  return (
    <section class="blocked" aria-label={verifyText.blockedTitle}>
      <p role="alert" class="error">
        <Icon name="alert" />
        <span>
          <strong>{verifyText.blockedTitle}. </strong>
          {changed === null ? problemText(problem) : verifyText.blockedChanged(changed.name)}
        </span>
      </p>
      {changed !== null && (
        <div class="blocked-actions">
          <button type="button" id="compare-keys" class="primary" onClick={compare}>
            {verifyText.compare}
          </button>
          <AskFirst
            label={verifyText.goOn}
            title={verifyText.goOnSure(changed.name)}
            more={verifyText.goOnMore}
            yes={verifyText.goOnYes}
            act={guard(() => backend.do("acknowledgeKeys", changed.user))}
          />
        </div>
      )}
    </section>
  );
}
