import { useEffect } from "preact/hooks";
import { MAX_INVITE } from "../messages/commands";
import { officeText } from "../strings/office";
import { EntryForm } from "./entry-form";
import type { Field } from "./field-row";
import { Screen, type ScreenProps } from "./screen";

const fields: Field[] = [{ id: "kit", label: officeText.kit, kind: "block", hint: officeText.kitHint }];

/** Puts the key of the office from the recovery kit onto this administrator's browser. */
export function OfficeKey({ backend, me, guard, pages }: ScreenProps) {
  useEffect(() => {
    if (me.holdsOfficeKey) pages.back();
  });
  return (
    <Screen title={officeText.officeKey} back={pages.back}>
      <p>{officeText.officeKeyIntro}</p>
      <EntryForm
        fields={fields}
        button={officeText.takeKey}
        problem={null}
        submit={guard((text: string = "") => backend.do("takeOfficeKey", text.slice(0, MAX_INVITE)))}
      />
    </Screen>
  );
}
