import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Problem } from "../core/types";
import { screenText } from "../strings/screens";
import type { Act } from "./guard";
import { Outcome } from "./outcome";

interface Props {
  id?: string;
  /** On the button that asks, and on the one that does it. */
  label: string;
  yes: string;
  no?: string;
  title: string;
  more: string;
  act: Act;
  disabled?: boolean;
  class?: string;
  children?: ComponentChildren;
}

/** A button whose act cannot be taken back: it asks in its own place, and the cursor goes with the question. */
export function AskFirst(props: Props) {
  const { label, yes, no = screenText.cancel, title, more, act, children } = props;
  const [asking, setAsking] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const question = useRef<HTMLHeadingElement>(null);
  const asked = useRef(false);
  const name = useId();

  useEffect(() => {
    if (asking) {
      question.current?.focus();
      // All of it, with its buttons.
      question.current?.parentElement?.scrollIntoView({ block: "nearest" });
    } else if (asked.current) opener.current?.focus();
    asked.current = asking;
  }, [asking]);

  async function doIt(): Promise<void> {
    const refused = await act();
    setProblem(refused);
    if (refused === null) setAsking(false);
  }

  if (!asking) {
    return (
      <button
        type="button"
        id={props.id}
        class={props.class ?? "quiet danger"}
        ref={opener}
        disabled={props.disabled}
        onClick={() => {
          setProblem(null);
          setAsking(true);
        }}
      >
        {label}
      </button>
    );
  }
  return (
    <section class="confirm" aria-labelledby={name}>
      <h3 id={name} tabIndex={-1} ref={question}>
        {title}
      </h3>
      <p>{more}</p>
      {children}
      <Outcome problem={problem} />
      <div class="confirm-actions">
        <button type="button" class="primary" onClick={doIt}>
          {yes}
        </button>
        <button type="button" class="quiet" onClick={() => setAsking(false)}>
          {no}
        </button>
      </div>
    </section>
  );
}
