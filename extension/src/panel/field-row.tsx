import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { entryText } from "../strings/entry";

export interface Field {
  id: string;
  label: string;
  kind: "line" | "block" | "secret" | "choice";
  hint?: string;
  autocomplete?: "current-password" | "new-password";
  /** What stands in it at first; such a field keeps what was typed after it was handed on. */
  initial?: string;
  /** May stay empty. */
  optional?: boolean;
  /** For a choice all there is; for a line what can be picked instead of typing. */
  options?: readonly Option[];
}

export interface Option {
  value: string;
  label: string;
  disabled?: boolean;
}

interface Props {
  field: Field;
  invalid: boolean;
  /** Id of the element that says what is wrong with the whole form. */
  error: string | null;
  missing: boolean;
}

/** A labelled field with its hint and what is wrong with it. */
export function FieldRow({ field, invalid, error, missing }: Props) {
  const { id, label, hint } = field;
  const notes = [hint && `${id}-hint`, missing && `${id}-missing`, invalid && !missing && error].filter(
    Boolean,
  );
  const shared = {
    id,
    name: id,
    "aria-invalid": invalid,
    ...(notes.length === 0 ? {} : { "aria-describedby": notes.join(" ") }),
  };
  return (
    <div class="entry-field">
      <label for={id}>{label}</label>
      <Control field={field} shared={shared} />
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

interface Shared {
  id: string;
  name: string;
  "aria-invalid": boolean;
  "aria-describedby"?: string;
}

function Control({ field, shared }: { field: Field; shared: Shared }) {
  const typed = {
    ...shared,
    spellcheck: false,
    autocomplete: field.autocomplete ?? ("off" as const),
    defaultValue: field.initial ?? "",
  };
  switch (field.kind) {
    case "secret":
      return <Secret typed={typed} />;
    case "choice":
      return <Choice field={field} shared={shared} />;
    case "block":
      return (
        <textarea
          {...typed}
          rows={4}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            event.currentTarget.form?.requestSubmit();
          }}
        />
      );
    default:
      return (
        <span class="entry-line">
          <input {...typed} type="text" list={field.options === undefined ? undefined : `${field.id}-list`} />
          {field.options !== undefined && (
            <datalist id={`${field.id}-list`}>
              {field.options.map(({ value }) => (
                <option key={value} value={value} />
              ))}
            </datalist>
          )}
        </span>
      );
  }
}

function Choice({ field, shared }: { field: Field; shared: Shared }) {
  const select = useRef<HTMLSelectElement>(null);
  const first = useRef(field.initial ?? "");
  // Once: afterwards it is whoever chooses that sets it.
  useLayoutEffect(() => {
    if (select.current !== null) select.current.value = first.current;
  }, []);
  return (
    <select {...shared} ref={select}>
      {(field.options ?? []).map(({ value, label, disabled }) => (
        <option key={value} value={value} disabled={disabled}>
          {label}
        </option>
      ))}
    </select>
  );
}

function Secret({ typed }: { typed: Shared }) {
  const [open, setOpen] = useState(false);
  // One element for both, or showing it would lose what was typed; the declarations know only one kind at a time.
  const shownAs = open ? "text" : "password";
  return (
    <span class="entry-line">
      <input {...typed} type={shownAs as "text"} />
      <button
        type="button"
        class="quiet"
        aria-pressed={open}
        aria-controls={typed.id}
        onClick={() => setOpen(!open)}
      >
        {entryText.showPassphrase}
      </button>
    </span>
  );
}
