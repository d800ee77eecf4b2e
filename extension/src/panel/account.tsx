import { useState } from "preact/hooks";
import type { Me, Problem } from "../core/types";
import { entryText } from "../strings/entry";
import { problemText } from "../strings/panel";
import type { Backend } from "./backend";
import { Icon } from "./icons";

interface Props {
  backend: Backend;
  me: Me;
  guard(act: () => Promise<Problem | null>): () => Promise<Problem | null>;
  changePassphrase(): void;
  showKit(): void;
  leave(): void;
}

/** What concerns oneself on this browser: lock, passphrase, recovery kit, signing out. */
export function Account({ backend, me, guard, changePassphrase, showKit, leave }: Props) {
  const [leaving, setLeaving] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const act = (what: () => Promise<Problem | null>) => async () => setProblem(await guard(what)());
  return (
    <main class="join">
      <h1>{entryText.account}</h1>
      <p>{entryText.you(me.name)}</p>
      <div role="alert">
        {problem !== null && (
          <p class="error">
            <Icon name="alert" />
            {problemText(problem)}
          </p>
        )}
      </div>
      {leaving ? (
        <section class="confirm" aria-labelledby="sign-out-title">
          <h2 id="sign-out-title">{entryText.signOutSure}</h2>
          <p>{entryText.signOutMore}</p>
          <button type="button" class="primary" onClick={act(() => backend.do("signOut"))}>
            {entryText.signOut}
          </button>
          <button type="button" class="quiet" onClick={() => setLeaving(false)}>
            {entryText.stay}
          </button>
        </section>
      ) : (
        <ul class="choices">
          <li>
            <button type="button" class="quiet" onClick={act(() => backend.do("lock"))}>
              {entryText.lockNow}
            </button>
          </li>
          <li>
            <button type="button" class="quiet" onClick={changePassphrase}>
              {entryText.changePassphrase}
            </button>
          </li>
          {me.holdsOfficeKey && (
            <li>
              <button type="button" class="quiet" onClick={showKit}>
                {entryText.showKit}
              </button>
            </li>
          )}
          <li>
            <button type="button" class="quiet" onClick={() => setLeaving(true)}>
              {entryText.signOut}
            </button>
          </li>
        </ul>
      )}
      <button type="button" class="quiet" onClick={leave}>
        {entryText.back}
      </button>
    </main>
  );
}
