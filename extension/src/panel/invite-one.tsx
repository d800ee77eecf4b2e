import type { Role } from "../core/types";
import { officeText } from "../strings/office";
import { EntryForm } from "./entry-form";
import { useJob } from "./jobs";
import { groupField, nameField, roleField, ttlField } from "./person-fields";
import { Screen, type ScreenProps } from "./screen";
import { Sheets, sheetsOf } from "./sheets";
import { groupsOf } from "./talks";

/** Invites one person; then shows what to hand out. */
export function InviteOne({ backend, view, me, guard, pages }: ScreenProps) {
  const task = useJob(backend, view, guard);
  const sheets = sheetsOf(task.job);
  if (sheets !== null) return <Sheets backend={backend} sheets={sheets} back={pages.back} />;
  return (
    <Screen title={officeText.invite} back={pages.back}>
      <EntryForm
        fields={[
          nameField,
          roleField("staff", me.holdsOfficeKey),
          groupField(null, groupsOf(view)),
          ttlField,
        ]}
        button={officeText.inviteButton}
        busy={task.working}
        problem={task.problem}
        submit={(name = "", role = "", group = "", ttl = "") => {
          const person = { name, role: role as Role, group: group === "" ? null : group };
          return task.start((job) => backend.do("invite", [person], Number(ttl), job));
        }}
      >
        <p role="status" class="entry-hint">
          {task.working && officeText.inviting}
        </p>
      </EntryForm>
    </Screen>
  );
}
