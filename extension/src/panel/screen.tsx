import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Me, View } from "../core/types";
import { entryText } from "../strings/entry";
import type { Backend } from "./backend";
import type { Guard } from "./guard";
import type { Pages } from "./pages";
import { IconButton } from "./top-bar";

/** What every page inside an office gets. */
export interface ScreenProps {
  backend: Backend;
  view: View;
  me: Me;
  guard: Guard;
  pages: Pages;
  /** Opens a conversation and leaves the pages. */
  talkTo(target: string): void;
}

/** A page: its heading takes the cursor, so that a screen reader says where one is. */
export function Screen(props: { title: string; back(): void; children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  // What had the cursor is gone, a row for example: it must not fall back to the top of the page unnoticed.
  useEffect(() => {
    if (document.hasFocus() && document.activeElement === document.body) {
      heading.current?.focus({ preventScroll: true });
    }
  });
  return (
    <main class="screen">
      <header class="screen-head">
        <IconButton icon="back" label={entryText.back} onClick={props.back} />
        <h1 tabIndex={-1} ref={heading}>
          {props.title}
        </h1>
      </header>
      {props.children}
    </main>
  );
}

/** One step further into the pages: called by its label, described by what is beneath. */
export function Door({ id, label, more, open }: { id: string; label: string; more?: string; open(): void }) {
  const described = more === undefined ? {} : { "aria-describedby": `${id}-more` };
  return (
    <li>
      <button
        type="button"
        class="door"
        id={id}
        aria-labelledby={`${id}-label`}
        onClick={open}
        {...described}
      >
        <span id={`${id}-label`}>{label}</span>
        {more !== undefined && (
          <span id={`${id}-more`} class="door-more">
            {more}
          </span>
        )}
      </button>
    </li>
  );
}
