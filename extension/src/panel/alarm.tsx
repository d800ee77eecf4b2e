import type { View } from "../core/types";
import { problemText } from "../strings/panel";
import { verifyText } from "../strings/verify";
import { AskFirst } from "./ask-first";
import type { Backend } from "./backend";
import type { Guard } from "./guard";
import { Icon } from "./icons";

/** The list of colleagues contradicts itself: above everything, until somebody has looked into it. */
export function Alarm({ alarm, backend, guard }: { alarm: View["alarm"]; backend: Backend; guard: Guard }) {
  if (alarm === null) return null;
  return (
    <section class="alarm" aria-label={verifyText.alarm}>
      <p role="alert" class="error">
        <Icon name="alert" />
        <span>
          <strong>{verifyText.alarm}. </strong>
          {problemText(alarm)}
        </span>
      </p>
      {alarm.canClear && (
        <AskFirst
          label={verifyText.clear}
          title={verifyText.clearSure}
          more={verifyText.clearMore}
          yes={verifyText.clearYes}
          act={guard(() => backend.do("clearAlarm"))}
        />
      )}
    </section>
  );
}
