import { officeText } from "../strings/office";
import { roleName } from "../strings/screens";
import { Avatar } from "./avatar";
import { KeysBadge } from "./keys-badge";
import { Screen, type ScreenProps } from "./screen";

/** Everybody in the office by name, each leading to what can be done about them. */
export function Staff({ view, pages }: ScreenProps) {
  return (
    <Screen title={officeText.staff} back={pages.back}>
      <ul class="staff">
        {view.people.map((person) => (
          <li key={person.user}>
            <button
              type="button"
              class="person"
              id={`staff-${person.user}`}
              onClick={() => pages.go({ name: "person", user: person.user })}
            >
              <Avatar person={person} />
              <span class="person-line">
                <span class="person-name">{person.name}</span>
                <KeysBadge keys={person.keys} />
              </span>
              <span class="person-last">
                {[roleName[person.role], person.group, officeText.workstations(person.devices)]
                  .filter(Boolean)
                  .join(" · ")}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </Screen>
  );
}
