import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Problem, View } from "../core/types";
import { presenceText, roleText, text } from "../strings/panel";
import { Announcer } from "./announcer";
import { Avatar } from "./avatar";
import type { Backend, PanelState } from "./backend";
import { Connection } from "./connection";
import { Conversation } from "./conversation";
import { Fault } from "./fault";
import { Icon } from "./icons";
import { People } from "./people";
import { IconButton, TopBar, type WindowActions } from "./top-bar";

export interface MemberProps {
  backend: Backend;
  state: PanelState;
  view: View;
  actions: WindowActions;
  /** Somebody looks at the panel. */
  attention: boolean;
  /** Unsent texts by target; they outlive looking at something else. */
  drafts: Map<string, string>;
  /** Which conversation is open; kept outside so that hiding the panel does not lose it. */
  open: string | null;
  setOpen(target: string | null): void;
  /** Lets an action through only while nothing lies over the panel. */
  guard<T extends unknown[]>(
    act: (...args: T) => Promise<Problem | null>,
  ): (...args: T) => Promise<Problem | null>;
  /** A line above everything, for example about the recovery kit. */
  reminder: ComponentChildren;
}

/** Everything that somebody sees who has joined and is not locked out. */
export function Member(props: MemberProps) {
  const { backend, state, view, actions, attention, drafts, open, setOpen, guard, reminder } = props;

  const unread = view.people.find((person) => `user:${person.user}` === open)?.unread ?? 0;
  useEffect(() => {
    if (open !== null && unread > 0 && attention) void backend.do("markRead", open);
  }, [backend, open, unread, attention]);

  function go(target: string | null): void {
    const from = open;
    setOpen(target);
    backend.watch(target);
    requestAnimationFrame(() => {
      if (target !== null) document.getElementById("composer")?.focus();
      else document.getElementById(`person-${from?.slice("user:".length)}`)?.focus();
    });
  }

  const person = view.people.find((p) => `user:${p.user}` === open);
  const connected = view.link.state === "connected";
  return (
    <div class={person === undefined ? "panel" : "panel talking"}>
      <div class="bars">
        <TopBar actions={actions}>
          {person === undefined ? (
            <h1 class="title">{text.people}</h1>
          ) : (
            <>
              <IconButton icon="back" label={text.back} onClick={() => go(null)} class="back" />
              <Avatar person={person} />
              <div class="who">
                <h1>{person.name}</h1>
                <p>{[presenceText[person.presence], roleText[person.role]].filter(Boolean).join(" · ")}</p>
              </div>
            </>
          )}
        </TopBar>
        <Connection
          link={view.link}
          aside={view.me === null ? "" : text.signedInAs(view.me.name)}
          retry={() => backend.retry()}
        />
        {reminder}
        <Fault fault={state.fault ?? view.problem} />
      </div>
      <nav class="list" aria-label={text.people}>
        <People people={view.people} current={person?.user ?? null} open={(user) => go(`user:${user}`)} />
        <p class="private">
          <Icon name="lock" />
          {text.privateList}
        </p>
      </nav>
      <main class="talk">
        {person === undefined ? (
          <div class="empty">
            <Icon name="chat" />
            <p>{text.choose}</p>
          </div>
        ) : (
          <Talk
            key={person.user}
            drafts={drafts}
            person={person}
            conversation={state.conversation?.with === open ? state.conversation : null}
            connected={connected}
            attention={attention}
            send={guard((message) => backend.do("sendText", `user:${person.user}`, message))}
          />
        )}
      </main>
      <Announcer state={state} open={open} />
    </div>
  );
}

/** Keeps what was begun for each colleague while one looks at another. */
function Talk({
  drafts,
  ...rest
}: { drafts: Map<string, string> } & Omit<Parameters<typeof Conversation>[0], "draft" | "setDraft">) {
  const [draft, setDraft] = useState(drafts.get(rest.person.user) ?? "");
  function keep(next: string): void {
    drafts.set(rest.person.user, next);
    setDraft(next);
  }
  return <Conversation {...rest} draft={draft} setDraft={keep} />;
}
