import type { Problem } from "../core/types";
import { problemText } from "../strings/panel";
import { Icon } from "./icons";

/** What stands in the way of everything, above everything. */
export function Fault({ fault }: { fault: Problem | null }) {
  return (
    <div role="alert">
      {fault !== null && (
        <p class="error fault">
          <Icon name="alert" />
          {problemText(fault)}
        </p>
      )}
    </div>
  );
}
