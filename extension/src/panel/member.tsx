import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { View } from "../core/types";
import { officeText } from "../strings/office";
import { text } from "../strings/panel";
import { roomText } from "../strings/rooms";
import { verifyText } from "../strings/verify";
import { Alarm } from "./alarm";
import { Announcer } from "./announcer";
import { Avatar, RoomAvatar } from "./avatar";
import type { Backend, PanelState } from "./backend";
import { Connection } from "./connection";
import { Conversation } from "./conversation";
import { Fault } from "./fault";
import type { Guard } from "./guard";
import { Icon } from "./icons";
import { KeysBadge } from "./keys-badge";
import type { Page, Pages } from "./pages";
import { TalkList } from "./talk-list";
import { about, rowId, type Talk, talksOf } from "./talks";
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
  guard: Guard;
  pages: Pages;
  /** A line above everything, for example about the recovery kit. */
  reminder: ComponentChildren;
}

/** Everything that somebody sees who has joined and is not locked out. */
export function Member(props: MemberProps) {
  const { backend, state, view, actions, attention, drafts, open, setOpen, guard, pages, reminder } = props;
  const talk = talksOf(view).find(({ target }) => target === open);

  const unread = talk?.unread ?? 0;
  useEffect(() => {
    if (open !== null && unread > 0 && attention) void backend.do("markRead", open);
  }, [backend, open, unread, attention]);

  function go(target: string | null): void {
    const from = open;
    setOpen(target);
    backend.watch(target);
    requestAnimationFrame(() => {
      if (target !== null) document.getElementById("composer")?.focus();
      else if (from !== null) document.getElementById(rowId(from))?.focus();
    });
  }

  return (
    <div class={talk === undefined ? "panel" : "panel talking"}>
      <div class="bars">
        <TopBar actions={actions}>
          {talk === undefined ? (
            <h1 class="title">{text.people}</h1>
          ) : (
            <Heading talk={talk} view={view} back={() => go(null)} open={() => pages.go(pageOf(talk))} />
          )}
        </TopBar>
        <Connection
          link={view.link}
          aside={view.me === null ? "" : text.signedInAs(view.me.name)}
          retry={() => backend.retry()}
        />
        {reminder}
        <Alarm alarm={view.alarm} backend={backend} guard={guard} />
        <Fault fault={state.fault ?? view.problem} />
      </div>
      <div class="list">
        <Tools view={view} pages={pages} />
        <nav aria-label={text.people}>
          <TalkList view={view} current={talk?.target ?? null} open={go} />
        </nav>
        <p class="private">
          <Icon name="lock" />
          {text.privateList}
        </p>
      </div>
      <main class="talk">
        {talk === undefined ? (
          <div class="empty">
            <Icon name="chat" />
            <p>{text.choose}</p>
          </div>
        ) : (
          <Drafted
            key={talk.target}
            backend={backend}
            guard={guard}
            drafts={drafts}
            talk={talk}
            view={view}
            conversation={state.conversation?.with === open ? state.conversation : null}
            attention={attention}
            send={guard((message: string) => backend.do("sendText", talk.target, message))}
            compare={() => pages.go(pageOf(talk))}
          />
        )}
      </main>
      <Announcer state={state} open={open} />
    </div>
  );
}

function Heading(props: { talk: Talk; view: View; back(): void; open(): void }) {
  const { talk, view, back, open } = props;
  return (
    <>
      <IconButton icon="back" label={text.back} onClick={back} class="back" />
      {talk.kind === "person" ? <Avatar person={talk.person} /> : <RoomAvatar id={talk.room.room} />}
      <div class="who">
        <div class="who-name">
          <h1>{talk.name}</h1>
          {talk.kind === "person" && <KeysBadge keys={talk.person.keys} />}
        </div>
        <p>{about(talk, view)}</p>
      </div>
      <IconButton
        id="about"
        icon="info"
        label={talk.kind === "room" ? roomText.about : verifyText.about(talk.name)}
        onClick={open}
      />
    </>
  );
}

function Tools({ view, pages }: { view: View; pages: Pages }) {
  return (
    <div class="list-tools">
      <button type="button" id="new-room" class="quiet" onClick={() => pages.go({ name: "newRoom" })}>
        <Icon name="plus" />
        {roomText.newRoom}
      </button>
      {view.me?.role === "admin" && (
        <button type="button" id="manage-office" class="quiet" onClick={() => pages.go({ name: "office" })}>
          <Icon name="office" />
          {officeText.manage}
        </button>
      )}
    </div>
  );
}

/** Keeps what was begun for each talk while one looks at another. */
function Drafted({
  drafts,
  ...rest
}: { drafts: Map<string, string> } & Omit<Parameters<typeof Conversation>[0], "draft" | "setDraft">) {
  const { target } = rest.talk;
  const [draft, setDraft] = useState(drafts.get(target) ?? "");
  function keep(next: string): void {
    drafts.set(target, next);
    setDraft(next);
  }
  return <Conversation {...rest} draft={draft} setDraft={keep} />;
}

function pageOf(talk: Talk): Page {
  return talk.kind === "room"
    ? { name: "room", room: talk.room.room }
    : { name: "person", user: talk.person.user };
}
