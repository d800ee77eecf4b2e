import { useEffect, useRef, useState } from "preact/hooks";
import type { Link } from "../core/types";
import { text } from "../strings/panel";
import type { Backend } from "./backend";
import { Connection } from "./connection";
import { Fault } from "./fault";
import { type Act, COVERED } from "./guard";
import { useAttention, useBackend, useUse } from "./hooks";
import { Icon } from "./icons";
import { Inside } from "./inside";
import { Outside } from "./outside";
import type { Sight } from "./sight";
import { TopBar, type WindowActions } from "./top-bar";

interface Props {
  backend: Backend;
  sight: Sight;
  framed: boolean;
}

export function App({ backend, sight, framed }: Props) {
  const state = useBackend(backend);
  const attention = useAttention(sight);
  useUse(backend);
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

  const guard = <T extends unknown[]>(act: Act<T>): Act<T> => {
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
  if (view.stage !== "member" || view.me === null) {
    return <Outside state={state} view={view} actions={actions} backend={backend} guard={guard} />;
  }
  return (
    <Inside
      backend={backend}
      state={state}
      view={view}
      me={view.me}
      actions={actions}
      attention={attention}
      drafts={drafts.current}
      open={open}
      setOpen={setOpen}
      guard={guard}
    />
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
  const first = ["composer", "invite", "passphrase"]
    .map((id) => document.getElementById(id))
    .find((e) => e !== null);
  (first ?? document.querySelector<HTMLElement>(".person, .way, .primary"))?.focus();
}
