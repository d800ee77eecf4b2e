import { roleName, screenText } from "../strings/screens";
import { EmojiComparison } from "./comparison";
import { KeysBadge } from "./keys-badge";
import { PersonAdmin } from "./person-admin";
import { Safety } from "./safety";
import { Screen, type ScreenProps } from "./screen";

/** About one colleague: whether it is really them, and for administrators what can be changed. */
export function PersonPage(props: ScreenProps & { user: string }) {
  const { view, me, pages, user } = props;
  const person = view.people.find((one) => one.user === user);
  if (person === undefined) {
    return (
      <Screen title={screenText.gonePerson} back={pages.back}>
        {null}
      </Screen>
    );
  }
  // What goes on comes first. Both stay the same elements, so that a screen reader hears what changes in them.
  const safety = <Safety key="safety" {...props} person={person} />;
  const emoji = <EmojiComparison key="emoji" {...props} person={person} />;
  return (
    <Screen title={person.name} back={pages.back}>
      <p class="person-facts">
        <KeysBadge keys={person.keys} />
        {[roleName[person.role], person.group].filter(Boolean).join(" · ")}
      </p>
      {person.comparison === null ? [safety, emoji] : [emoji, safety]}
      {me.role === "admin" && <PersonAdmin {...props} person={person} />}
    </Screen>
  );
}
