import type { Person, Problem, Role } from "../core/types";
import { deviceText } from "../strings/devices";
import { officeText } from "../strings/office";
import { screenText } from "../strings/screens";
import { AskFirst } from "./ask-first";
import { DeviceList } from "./devices";
import { EntryForm } from "./entry-form";
import { useJob } from "./jobs";
import { Outcome } from "./outcome";
import { groupField, roleField, ttlField } from "./person-fields";
import type { ScreenProps } from "./screen";
import { SheetCards, sheetsOf } from "./sheets";
import { groupsOf } from "./talks";

/** What administrators do about one person. About another administrator they need the key of the office. */
export function PersonAdmin(props: ScreenProps & { person: Person }) {
  const { me, person } = props;
  const reach = person.role !== "admin" || me.holdsOfficeKey;
  return (
    <>
      <section aria-labelledby="role-title">
        <h2 id="role-title">{officeText.roleAndPlace}</h2>
        <RoleAndPlace {...props} reach={reach} />
      </section>
      <section aria-labelledby="devices-title">
        <h2 id="devices-title">{deviceText.of(person.name)}</h2>
        <DeviceList {...props} user={person.user} fixed={!reach} />
      </section>
      {reach ? <Endings {...props} /> : <p class="soft">{screenText.needsOfficeKey}</p>}
    </>
  );
}

function RoleAndPlace(props: ScreenProps & { person: Person; reach: boolean }) {
  const { backend, view, me, guard, person, reach } = props;
  const roles = useJob(backend, view, guard);
  const places = useJob(backend, view, guard);
  const { user, role, group } = person;

  async function save(newRole = "", newGroup = ""): Promise<Problem | null> {
    const toGroup = newGroup === "" ? null : newGroup;
    let problem: Problem | null = null;
    if (newRole !== role) {
      problem = await roles.start((job) => backend.do("setRole", user, newRole as Role, job));
    }
    if (problem !== null || toGroup === group) return problem;
    return places.start((job) => backend.do("setGroup", user, toGroup, job));
  }

  const place = groupField(group, groupsOf(view));
  const working = roles.working || places.working;
  const done = [roles.job, places.job].some((job) => job?.state === "done");
  return (
    <>
      <EntryForm
        key={`${role} ${group}`}
        fields={reach ? [roleField(role, me.holdsOfficeKey), place] : [place]}
        button={officeText.saveRole}
        busy={working}
        problem={roles.problem ?? places.problem}
        submit={reach ? save : (typed) => save(role, typed)}
      />
      <Outcome problem={null} status={working ? screenText.working : done && screenText.saved} />
    </>
  );
}

function Endings({ backend, view, guard, person }: ScreenProps & { person: Person }) {
  const inviting = useJob(backend, view, guard);
  const removing = useJob(backend, view, guard);
  const { user, name } = person;
  const sheets = sheetsOf(inviting.job);
  return (
    <>
      <section aria-labelledby="lost-title">
        <h2 id="lost-title">{officeText.lostAll}</h2>
        <p>{officeText.lostAllMore(name)}</p>
        <Outcome
          problem={inviting.problem}
          status={
            inviting.working ? officeText.inviting : sheets !== null && officeText.sheets(sheets.length)
          }
        />
        <AskFirst
          id="invite-again"
          label={officeText.again}
          title={officeText.inviteAgainSure(name)}
          more={officeText.inviteAgainMore}
          yes={officeText.againOf(name)}
          act={() => inviting.start((job) => backend.do("inviteAgain", user, Number(ttlField.initial), job))}
        />
        {sheets !== null && <SheetCards backend={backend} sheets={sheets} />}
      </section>
      <section aria-labelledby="remove-title">
        <h2 id="remove-title">{officeText.remove}</h2>
        <p>{officeText.removeMore(name)}</p>
        <Outcome problem={removing.problem} status={removing.working && screenText.working} />
        <AskFirst
          id="remove-person"
          label={officeText.remove}
          title={officeText.removeSure(name)}
          more={officeText.removeMore(name)}
          yes={officeText.removeYes(name)}
          act={() => removing.start((job) => backend.do("revokePerson", user, job))}
        />
      </section>
    </>
  );
}
