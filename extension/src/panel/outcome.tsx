import type { Problem } from "../core/types";
import { problemText } from "../strings/panel";
import { Icon } from "./icons";

/** How it went, seen and spoken: a problem interrupts, everything else waits for its turn. */
export function Outcome({ problem, status = "" }: { problem: Problem | null; status?: string | false }) {
  return (
    <div class="outcomes">
      <div role="alert">
        {problem !== null && (
          <p class="error">
            <Icon name="alert" />
            {problemText(problem)}
          </p>
        )}
      </div>
      <p role="status" class="outcome">
        {problem === null && status}
      </p>
    </div>
  );
}
