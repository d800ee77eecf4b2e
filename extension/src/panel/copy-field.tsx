import { useId, useRef, useState } from "preact/hooks";
import { screenText } from "../strings/screens";

/** A text to hand on: it can be read, marked and copied. */
export function CopyField({ label, value }: { label: string; value: string }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const [said, setSaid] = useState("");
  const id = useId();
  function copy(): void {
    field.current?.select();
    // The newer way needs a permission of the page around us.
    setSaid(document.execCommand("copy") ? screenText.copied : screenText.marked);
  }
  return (
    <div class="copy-field">
      <label for={id}>{label}</label>
      <span class="entry-line">
        <textarea id={id} ref={field} rows={2} readOnly value={value} spellcheck={false} />
        <button type="button" class="quiet" aria-label={`${screenText.copy}: ${label}`} onClick={copy}>
          {screenText.copy}
        </button>
      </span>
      <p role="status" class="entry-hint">
        {said}
      </p>
    </div>
  );
}
