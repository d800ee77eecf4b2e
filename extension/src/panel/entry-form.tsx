import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Problem } from "../core/types";
import { problemText } from "../strings/panel";
import { type Field, FieldRow } from "./field-row";
import type { Act } from "./guard";
import { Icon } from "./icons";

interface Props {
  fields: readonly Field[];
  button: string;
  busy?: boolean;
  problem: Problem | null;
  /** Values in the order of the fields, spaces around them cut, except in secrets. */
  submit: Act<string[]>;
  /** Between the fields and the button. */
  children?: ComponentChildren;
}

type Input = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

/** A form whose values stay in its fields and nowhere else: secrets are cut out as soon as they are handed on. */
export function EntryForm({ fields, button, busy = false, problem, submit, children }: Props) {
  const form = useRef<HTMLFormElement>(null);
  const [refused, setRefused] = useState<Problem | null>(null);
  const [sending, setSending] = useState(false);
  const [missing, setMissing] = useState<string | null>(null);
  const shown = refused ?? problem;
  const input = (id: string) => (form.current?.elements.namedItem(id) ?? null) as Input | null;

  const first = fields[0]?.id ?? "";
  const retry = fields.find((field) => field.kind === "secret")?.id ?? first;
  const code = shown?.code ?? null;
  useEffect(() => {
    // By its code: each new picture brings the same problem as a new object, and must not move the cursor.
    if (code !== null) (form.current?.elements.namedItem(retry) as Input | null | undefined)?.focus();
  }, [code, retry]);

  async function send(event: Event): Promise<void> {
    event.preventDefault();
    if (sending || busy) return;
    const values = fields.map(({ id, kind }) => {
      const value = input(id)?.value ?? "";
      return kind === "secret" ? value : value.trim();
    });
    const empty = fields.find((field, i) => values[i] === "" && field.optional !== true);
    setMissing(empty?.id ?? null);
    if (empty !== undefined) return input(empty.id)?.focus();
    for (const { id, kind } of fields) if (kind === "secret") clear(input(id));
    setSending(true);
    setRefused(null);
    const answer = await submit(...values);
    if (answer === null) for (const { id, initial } of fields) if (initial === undefined) clear(input(id));
    setSending(false);
    setRefused(answer);
  }

  return (
    <form ref={form} onSubmit={send} noValidate>
      {fields.map((field) => (
        <FieldRow
          key={field.id}
          field={field}
          invalid={missing === field.id || (shown !== null && field.id === first)}
          error={shown !== null ? `${first}-error` : null}
          missing={missing === field.id}
        />
      ))}
      {children}
      <div role="alert">
        {shown !== null && (
          <p class="error" id={`${first}-error`}>
            <Icon name="alert" />
            {problemText(shown)}
          </p>
        )}
      </div>
      <button type="submit" class="primary" aria-disabled={sending || busy}>
        {button}
      </button>
    </form>
  );
}

function clear(input: Input | null): void {
  if (input !== null) input.value = "";
}
