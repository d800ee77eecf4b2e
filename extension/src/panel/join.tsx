import { useEffect, useRef, useState } from "preact/hooks";
import type { Problem, View } from "../core/types";
import { MAX_INVITE } from "../messages/panel";
import { problemText, text } from "../strings/panel";
import { Icon } from "./icons";

/** First screen of a browser that has not joined. */
export function JoinForm({
  problem,
  join,
}: {
  problem: Problem | null;
  join(invite: string): Promise<Problem | null>;
}) {
  const [invite, setInvite] = useState("");
  const [refused, setRefused] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const shown = refused ?? problem;

  useEffect(() => {
    if (shown !== null) field.current?.focus();
  }, [shown]);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const trimmed = invite.trim();
    if (trimmed === "" || busy) return field.current?.focus();
    setBusy(true);
    setRefused(await join(trimmed.slice(0, MAX_INVITE)));
    setBusy(false);
  }

  return (
    <main class="join">
      <span class="emblem">
        <Icon name="chat" />
      </span>
      <h1>{text.joinTitle}</h1>
      <p>{text.joinIntro}</p>
      <form onSubmit={submit}>
        <label for="invite">{text.joinLabel}</label>
        <textarea
          id="invite"
          ref={field}
          rows={4}
          value={invite}
          spellcheck={false}
          autocomplete="off"
          aria-invalid={shown !== null}
          aria-describedby={shown === null ? undefined : "invite-error"}
          onInput={(event) => {
            setInvite(event.currentTarget.value);
            setRefused(null);
          }}
          onKeyDown={(event) => {
            if (event.key === "Enter" && !event.shiftKey) void submit(event);
          }}
        />
        <div role="alert">
          {shown !== null && (
            <p class="error" id="invite-error">
              <Icon name="alert" />
              {problemText(shown)}
            </p>
          )}
        </div>
        <button type="submit" class="primary" disabled={busy || invite.trim() === ""}>
          {text.joinButton}
        </button>
      </form>
      <p class="private">
        <Icon name="lock" />
        {text.privateList}
      </p>
    </main>
  );
}

/** Shows how far joining has come; the connection line above says what is in the way. */
export function Joining({ view, other }: { view: View; other(): void }) {
  const reached = view.link.state === "connected" ? 2 : view.link.state === "connecting" ? 1 : 0;
  return (
    <main class="join">
      <span class="emblem busy">
        <Icon name="chat" />
      </span>
      <h1>{text.joining}</h1>
      <ol class="steps">
        {text.joinSteps.map((step, i) => (
          <li
            key={step}
            class={i < reached ? "done" : i === reached ? "current" : ""}
            aria-current={i === reached ? "step" : undefined}
          >
            {step}
          </li>
        ))}
      </ol>
      <button type="button" class="quiet" onClick={other}>
        {text.joinOther}
      </button>
    </main>
  );
}
