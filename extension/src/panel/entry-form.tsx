import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Problem } from "../core/types";
import { entryText } from "../strings/entry";
import { problemText } from "../strings/panel";
import { Icon } from "./icons";

export interface Field {
  id: string;
  label: string;
  kind: "line" | "block" | "secret";
  hint?: string;
  autocomplete?: "current-password" | "new-password";
}

interface Props {
  fields: readonly Field[];
  button: string;
  busy?: boolean;
  problem: Problem | null;
  /** Values in the order of the fields, spaces around them cut, except in secrets. */
  submit(...values: string[]): Promise<Problem | null>;
  children?: ComponentChildren;
}

type Input = HTMLInputElement | HTMLTextAreaElement;

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
    const empty = fields.find((_, i) => values[i] === "");
    setMissing(empty?.id ?? null);
    if (empty !== undefined) return input(empty.id)?.focus();
    for (const { id, kind } of fields) if (kind === "secret") clear(input(id));
    setSending(true);
    setRefused(null);
    const answer = await submit(...values);
    if (answer === null) for (const { id } of fields) clear(input(id));
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
      <div role="alert">
        {shown !== null && (
          <p class="error" id={`${first}-error`}>
            <Icon name="alert" />
            {problemText(shown)}
          </p>
        )}
      </div>
      {children}
      <button type="submit" class="primary" aria-disabled={sending || busy}>
        {button}
      </button>
    </form>
  );
}

function FieldRow(props: { field: Field; invalid: boolean; error: string | null; missing: boolean }) {
  const { field, invalid, error, missing } = props;
  const { id, label, kind, hint } = field;
  const [open, setOpen] = useState(false);
  const notes = [hint && `${id}-hint`, missing && `${id}-missing`, invalid && !missing && error].filter(
    Boolean,
  );
  // One element for both, or showing it would lose what was typed; the declarations know only one kind at a time.
  const shownAs = kind === "secret" && !open ? "password" : "text";
  const shared = {
    id,
    name: id,
    spellcheck: false,
    autocomplete: field.autocomplete ?? ("off" as const),
    "aria-invalid": invalid,
    ...(notes.length === 0 ? {} : { "aria-describedby": notes.join(" ") }),
  };
  return (
    <div class="entry-field">
      <label for={id}>{label}</label>
      {kind === "block" ? (
        <textarea
          {...shared}
          rows={4}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            event.currentTarget.form?.requestSubmit();
          }}
        />
      ) : (
        <span class="entry-line">
          <input {...shared} type={shownAs as "text"} />
          {kind === "secret" && (
            <button
              type="button"
              class="quiet"
              aria-pressed={open}
              aria-controls={id}
              onClick={() => setOpen(!open)}
            >
              {entryText.showPassphrase}
            </button>
          )}
        </span>
      )}
      {hint !== undefined && (
        <p class="entry-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {missing && (
        <p class="entry-missing" id={`${id}-missing`}>
          {entryText.missing}
        </p>
      )}
    </div>
  );
}

function clear(input: Input | null): void {
  if (input !== null) input.value = "";
}
