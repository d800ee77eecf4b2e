import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Problem } from "../core/types";
import { MAX_TEXT } from "../messages/commands";
import { problemText, text } from "../strings/panel";
import { Icon } from "./icons";

const COUNT_FROM = MAX_TEXT - 400;

interface Props {
  name: string;
  connected: boolean;
  draft: string;
  setDraft(draft: string): void;
  send(message: string): Promise<Problem | null>;
}

export function Composer({ name, connected, draft, setDraft, send }: Props) {
  const field = useRef<HTMLTextAreaElement>(null);
  const latest = useRef(draft);
  const sending = useRef(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const length = draft.trim().length;
  const tooLong = length > MAX_TEXT;
  latest.current = draft;

  useLayoutEffect(() => {
    const element = field.current;
    if (element === null || draft.length > 2 * MAX_TEXT) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight + 2}px`;
  }, [draft]);

  /** The text leaves the field only when the background has it on disk; a failed send loses nothing. */
  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const message = draft.trim();
    if (message === "" || tooLong || sending.current) return;
    sending.current = true;
    const refused = await send(message);
    sending.current = false;
    setProblem(refused);
    if (refused === null) {
      // What was typed while the message was being saved stays.
      setDraft(latest.current.startsWith(draft) ? latest.current.slice(draft.length) : latest.current);
    }
    field.current?.focus();
  }

  return (
    <form class="composer" onSubmit={submit}>
      <div role="alert">
        {problem !== null && (
          <p class="error">
            <Icon name="alert" />
            {problemText(problem)}
          </p>
        )}
        {tooLong && <p class="error">{text.tooLong(length, MAX_TEXT)}</p>}
      </div>
      <div class="field">
        <textarea
          id="composer"
          ref={field}
          rows={1}
          value={draft}
          aria-label={text.write(name)}
          aria-invalid={tooLong}
          placeholder={text.placeholder}
          dir="auto"
          onInput={(event) => setDraft(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && !event.shiftKey && !event.isComposing) void submit(event);
          }}
        />
        <button
          type="submit"
          class="send"
          aria-label={text.send}
          title={text.send}
          disabled={length === 0 || tooLong}
        >
          <Icon name="send" />
        </button>
      </div>
      <p class="hint">
        {!connected && text.waits}
        {length > COUNT_FROM && !tooLong && <span>{text.left(MAX_TEXT - length)}</span>}
      </p>
    </form>
  );
}
