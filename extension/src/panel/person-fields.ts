import type { Role } from "../core/types";
import { officeText } from "../strings/office";
import { roleName, screenText } from "../strings/screens";
import type { Field, Option } from "./field-row";

const DAY_MS = 24 * 60 * 60_000;
/** The office keeps a code for two weeks at most. */
const TTL_DAYS = [1, 3, 7, 14];

export const nameField: Field = {
  id: "person-name",
  label: screenText.name,
  kind: "line",
  initial: "",
};

export function roleField(initial: Role, holdsOfficeKey: boolean): Field {
  const options: Option[] = Object.entries(roleName).map(([value, label]) => ({
    value,
    label,
    disabled: value === "admin" && !holdsOfficeKey,
  }));
  return {
    id: "person-role",
    label: screenText.role,
    kind: "choice",
    initial,
    options,
    ...(holdsOfficeKey ? {} : { hint: screenText.needsOfficeKey }),
  };
}

export function groupField(initial: string | null, groups: readonly string[]): Field {
  return {
    id: "person-group",
    label: screenText.group,
    kind: "line",
    initial: initial ?? "",
    optional: true,
    hint: screenText.groupHint,
    options: groups.map((group) => ({ value: group, label: group })),
  };
}

/** How long an invite can be used; its value is in milliseconds. */
export const ttlField: Field = {
  id: "invite-ttl",
  label: officeText.ttl,
  kind: "choice",
  initial: String(3 * DAY_MS),
  options: TTL_DAYS.map((days) => ({ value: String(days * DAY_MS), label: officeText.days(days) })),
};
