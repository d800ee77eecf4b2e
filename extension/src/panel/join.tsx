import { useRef, useState } from "preact/hooks";
import type { Problem } from "../core/types";
import { MAX_INVITE } from "../messages/commands";
import { entryText } from "../strings/entry";
import { text } from "../strings/panel";
import type { Backend } from "./backend";
import { EntryForm } from "./entry-form";
import { Fault } from "./fault";
import type { Field } from "./field-row";
import type { Guard } from "./guard";
import { Icon, type IconName } from "./icons";

type Way = "join" | "code" | "signIn" | "found" | "restore";

interface Props {
  backend: Backend;
  problem: Problem | null;
  guard: Guard;
  attempt: Attempt;
}

/** What outlives the form, which is not on the screen while somebody is on the way in: a refusal leads back to it. */
interface Attempt {
  way: Way | null;
  choose(way: Way | null): void;
  /** The way that was tried last, and what was typed for it that is no secret, by field. */
  last: { way: Way | null; typed: ReadonlyMap<string, string> };
}

export function useAttempt(): Attempt {
  const [way, choose] = useState<Way | null>(null);
  const last = useRef<Attempt["last"]>({ way: null, typed: new Map() });
  return { way, choose, last: last.current };
}

const first: { way: Way; icon: IconName; title: string; more: string }[] = [
  { way: "join", icon: "chat", ...entryText.ways.join },
  { way: "signIn", icon: "people", ...entryText.ways.signIn },
  { way: "found", icon: "lock", ...entryText.ways.found },
];

const address: Field = { id: "address", label: entryText.address, kind: "line", hint: entryText.addressHint };
const ownName: Field = { id: "name", label: entryText.ownName, kind: "line" };
const forms: Record<Way, Field[]> = {
  join: [{ id: "invite", label: text.joinLabel, kind: "block" }],
  code: [address, { id: "code", label: entryText.code, kind: "line", hint: entryText.codeHint }],
  signIn: [address, ownName, { id: "passphrase", label: entryText.passphrase, kind: "secret" }],
  found: [
    { id: "founding", label: entryText.founding, kind: "block", hint: entryText.foundingHint },
    { id: "office", label: entryText.officeName, kind: "line" },
    ownName,
  ],
  restore: [{ id: "kit", label: entryText.kitText, kind: "block", hint: entryText.kitTextHint }, ownName],
};
/** Fields whose text lets nobody in. */
const KEPT: ReadonlySet<string> = new Set(["address", "name", "office"]);
/** Smaller ways out of a form into another one. */
const beside: Partial<Record<Way, Way>> = { join: "code", code: "join", found: "restore", restore: "found" };

/** First screen of a browser that is in no office: three ways in. */
export function Entry({ backend, problem, guard, attempt }: Props) {
  const { way, choose, last } = attempt;
  if (way === null) {
    return (
      <main class="join">
        <span class="emblem">
          <Icon name="chat" />
        </span>
        <h1>{entryText.welcome}</h1>
        <Fault fault={last.way === null ? problem : null} />
        <ul class="ways">
          {first.map(({ way: to, icon, title, more }) => (
            <li key={to}>
              <button type="button" class="way" onClick={() => choose(to)}>
                <Icon name={icon} />
                <span>
                  <strong>{title}</strong>
                  <span>{more}</span>
                </span>
              </button>
            </li>
          ))}
        </ul>
        <p class="private">
          <Icon name="lock" />
          {text.privateList}
        </p>
      </main>
    );
  }
  // What is wrong with one way says nothing about another.
  const about = last.way === null || last.way === way ? problem : null;
  // The office does not say which of the two was wrong.
  const told =
    way === "signIn" && about?.code === "wrong_passphrase" ? { ...about, code: "wrong_sign_in" } : about;
  const again = last.way === way ? last.typed : new Map<string, string>();
  const fields = forms[way].map((field) => {
    const initial = again.get(field.id);
    return initial === undefined ? field : { ...field, initial };
  });
  const words = entryText.forms[way];
  const other = beside[way];
  return (
    <main class="join">
      <h1>{words.title}</h1>
      <p>{words.intro}</p>
      <EntryForm
        key={way}
        fields={fields}
        button={words.button}
        problem={told}
        submit={guard((...values: string[]) => {
          last.way = way;
          last.typed = new Map(
            fields.map(({ id }, i) => [id, values[i] ?? ""] as const).filter(([id]) => KEPT.has(id)),
          );
          return enter(backend, way, values);
        })}
      />
      <p class="entry-others">
        {other !== undefined && (
          <button type="button" class="quiet" onClick={() => choose(other)}>
            {entryText.forms[other].instead}
          </button>
        )}
        <button type="button" class="quiet" onClick={() => choose(null)}>
          {entryText.otherWay}
        </button>
      </p>
    </main>
  );
}

function enter(backend: Backend, way: Way, values: string[]): Promise<Problem | null> {
  const [a = "", b = "", c = ""] = values;
  switch (way) {
    case "join":
      return backend.do("join", a.slice(0, MAX_INVITE));
    case "code":
      return backend.do("joinByCode", a, b);
    case "signIn":
      return backend.do("signIn", a, b, c);
    case "found":
      return backend.do("found", a.slice(0, MAX_INVITE), b, c);
    case "restore":
      return backend.do("restoreOffice", a.slice(0, MAX_INVITE), b);
  }
}
