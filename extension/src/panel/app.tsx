import { useEffect, useRef, useState } from "preact/hooks";
import type { Link, Problem, View } from "../core/types";
import { presenceText, problemText, roleText, text } from "../strings/panel";
import { Announcer } from "./announcer";
import { Avatar } from "./avatar";
import type { Backend, PanelState } from "./backend";
import { Connection } from "./connection";
import { Conversation } from "./conversation";
import { useAttention, useBackend } from "./hooks";
import { Icon } from "./icons";
import { JoinForm, Joining } from "./join";
import { People } from "./people";
import type { Sight } from "./sight";
import { IconButton, TopBar, type WindowActions } from "./top-bar";

interface Props {
  backend: Backend;
  sight: Sight;
  framed: boolean;
}

const COVERED: Problem = { code: "covered", message: "" };

export function App({ backend, sight, framed }: Props) {
  const state = useBackend(backend);
  const attention = useAttention(sight);
  const [hidden, setHidden] = useState(false);
  const [open, setOpen] = useState<string | null>(null);
  const drafts = useRef(new Map<string, string>());
  const actions: WindowActions = {
    framed,
    hide: () => setHidden(true),
    openWindow: () => backend.openWindow(),
    close: () => backend.close(),
  };

  // Escape always leads to less on the screen, never to more.
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.isComposing) return;
      if (framed) backend.close();
      else setHidden(true);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [backend, framed]);

  // Opened again from the page: the cursor is where one writes.
  useEffect(() => {
    const onFocus = () => {
      if (document.activeElement === document.body) focusFirst();
    };
    window.addEventListener("focus", onFocus);
    return () => window.removeEventListener("focus", onFocus);
  }, []);

  const { view } = state;
  const ready = view !== null;
  useEffect(() => {
    if (ready && document.hasFocus() && document.activeElement === document.body) focusFirst();
  }, [ready]);

  const unread = view?.people.find((person) => person.user === open)?.unread ?? 0;
  useEffect(() => {
    if (open !== null && unread > 0 && attention && !hidden) backend.read(open);
  }, [backend, open, unread, attention, hidden]);

  function go(user: string | null): void {
    const from = open;
    setOpen(user);
    backend.watch(user);
    requestAnimationFrame(() => {
      if (user !== null) document.getElementById("composer")?.focus();
      else document.getElementById(`person-${from}`)?.focus();
    });
  }

  const guarded = <T extends unknown[]>(act: (...args: T) => Promise<Problem | null>) => {
    return (...args: T) => (sight.trustClick() ? act(...args) : Promise.resolve(COVERED));
  };

  if (state.access === "refused") return <p class="notice">{text.notHere}</p>;
  if (hidden) {
    const show = () => sight.trustClick() && setHidden(false);
    return <Hidden link={view?.link ?? null} backend={backend} actions={actions} show={show} />;
  }
  if (view === null) {
    return (
      <div class="panel">
        <TopBar actions={{ ...actions, hide: null }}>
          <h1 class="title">{text.product}</h1>
        </TopBar>
        <Fault fault={state.fault} />
        <p class="notice" role="status">
          {state.fault === null && text.loading}
        </p>
      </div>
    );
  }
  if (view.stage !== "member") {
    return <BeforeMember state={state} view={view} actions={actions} backend={backend} guard={guarded} />;
  }
  const person = view.people.find((p) => p.user === open);
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
        <Fault fault={state.fault ?? view.problem} />
      </div>
      <nav class="list" aria-label={text.people}>
        <People people={view.people} current={open} open={go} />
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
            drafts={drafts.current}
            person={person}
            conversation={state.conversation?.user === person.user ? state.conversation : null}
            connected={connected}
            attention={attention}
            send={guarded((message) => backend.send(person.user, message))}
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

function BeforeMember(props: {
  state: PanelState;
  view: View;
  actions: WindowActions;
  backend: Backend;
  guard(act: (invite: string) => Promise<Problem | null>): (invite: string) => Promise<Problem | null>;
}) {
  const { state, view, actions, backend, guard } = props;
  const [other, setOther] = useState(false);
  const joining = view.stage === "joining" && view.problem === null && !other;
  const join = guard(async (invite) => {
    const problem = await backend.join(invite);
    if (problem === null) setOther(false);
    return problem;
  });
  return (
    <div class="panel">
      <div class="bars">
        <TopBar actions={{ ...actions, hide: null }}>
          <h1 class="title">{text.product}</h1>
        </TopBar>
        {view.stage === "joining" && <Connection link={view.link} aside="" retry={() => backend.retry()} />}
        <Fault fault={state.fault} />
      </div>
      {joining ? (
        <Joining view={view} other={() => setOther(true)} />
      ) : (
        <JoinForm problem={view.problem} join={join} />
      )}
    </div>
  );
}

function Fault({ fault }: { fault: Problem | null }) {
  return (
    <div role="alert">
      {fault !== null && (
        <p class="error fault">
          <Icon name="alert" />
          {problemText(fault)}
        </p>
      )}
    </div>
  );
}

/** Nothing readable is left in the page while this shows; the connection is no secret. */
function Hidden(props: { link: Link | null; backend: Backend; actions: WindowActions; show(): void }) {
  const { link, backend, actions, show } = props;
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus(), []);
  return (
    <div class="panel">
      <div class="bars">
        <TopBar actions={{ ...actions, hide: null }}>
          <h1 class="title">{text.product}</h1>
        </TopBar>
        {link !== null && <Connection link={link} aside="" retry={() => backend.retry()} />}
      </div>
      <main class="hidden-panel">
        <Icon name="hide" />
        <h2>{text.hidden}</h2>
        <p>{text.hiddenMore}</p>
        <button type="button" class="primary" onClick={show} ref={button}>
          {text.show}
        </button>
      </main>
    </div>
  );
}

function focusFirst(): void {
  const first = ["composer", "invite"].map((id) => document.getElementById(id)).find((e) => e !== null);
  (first ?? document.querySelector<HTMLElement>(".person, .primary"))?.focus();
}
