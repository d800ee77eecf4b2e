import type { Person } from "../core/types";
import { verifyText } from "../strings/verify";
import { Icon } from "./icons";

/** Beside a name: compared by people, or not what it was. Nothing where the roster alone vouches. */
export function KeysBadge({ keys }: { keys: Person["keys"] }) {
  if (keys === "unverified") return null;
  const words = verifyText[keys];
  return (
    <span class={`keys-badge keys-${keys}`} title={words}>
      <Icon name={keys === "verified" ? "shield" : "alert"} />
      <span class="spoken">{words}</span>
    </span>
  );
}
