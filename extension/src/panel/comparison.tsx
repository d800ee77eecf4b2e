import type { Comparison, Emoji, Person } from "../core/types";
import { brokenText, compareText } from "../strings/verify";
import type { Backend } from "./backend";
import type { Act, Guard } from "./guard";
import { Icon } from "./icons";
import { useAct } from "./jobs";
import { Outcome } from "./outcome";

interface Props {
  backend: Backend;
  guard: Guard;
  person: Person;
}

/** On the page about somebody: seven emoji that both sides see alike, from the question to what came of it. */
export function EmojiComparison({ backend, guard, person }: Props) {
  const { user, name, comparison } = person;
  const [problem, run] = useAct(guard);
  const start = () => void run(() => backend.do("startComparison", user));
  const close = () => void run(() => backend.do("closeComparison", user));
  const say = (one: Comparison, matches: boolean) =>
    void run(() => backend.do("finishComparison", user, one.id, matches));

  return (
    <section class="comparison" aria-labelledby="emoji-title">
      <h2 id="emoji-title">{compareText.title}</h2>
      {comparison === null && <p>{compareText.explain(name)}</p>}
      <Broken comparison={comparison} />
      <Outcome problem={problem} status={comparison !== null && statusOf(comparison, name)} />
      {comparison !== null && comparison.emoji.length > 0 && (
        <EmojiList emoji={comparison.emoji} label={compareText.list(name)} />
      )}
      <div class="comparison-actions">{actions(comparison)}</div>
    </section>
  );

  function actions(one: Comparison | null) {
    switch (one?.state) {
      case "asked":
        return (
          <>
            <Button
              id="accept-comparison"
              label={compareText.accept}
              main
              act={() => void run(() => backend.do("acceptComparison", user))}
            />
            <Button id="decline-comparison" label={compareText.decline} act={close} />
          </>
        );
      case "waiting":
      case "accepted":
        return <Button id="stop-comparison" label={compareText.stop} act={close} />;
      case "comparing":
        return (
          <>
            <Button id="emoji-match" label={compareText.match} main act={() => say(one, true)} />
            <Button id="emoji-differ" label={compareText.differ} act={() => say(one, false)} />
            <Button id="stop-comparison" label={compareText.stop} act={close} />
          </>
        );
      case "matched":
      case "elsewhere":
        return <Button id="close-comparison" label={compareText.close} act={close} />;
      default:
        return (
          <>
            {person.presence === "online" ? (
              <Button id="start-comparison" label={one ? compareText.again : compareText.start} act={start} />
            ) : (
              <p>{compareText.notOnline(name)}</p>
            )}
            {one && <Button id="close-comparison" label={compareText.close} act={close} />}
          </>
        );
    }
  }
}

/** In the conversation: somebody asks, or what goes on is on the page about that person. */
export function ComparisonBanner({ backend, guard, person, open }: Props & { open(): void }) {
  const { user, name, comparison } = person;
  const [problem, run] = useAct(guard);
  if (comparison === null || comparison.state === "elsewhere") return null;
  const act = async (ask: Act): Promise<void> => {
    if ((await run(ask)) === null) open();
  };
  const asked = comparison.state === "asked";
  return (
    <section class="comparison-banner" aria-label={compareText.title}>
      <Broken comparison={comparison} />
      <Outcome problem={problem} status={statusOf(comparison, name)} />
      <div class="comparison-actions">
        {asked ? (
          <>
            <Button
              id="accept-comparison"
              label={compareText.accept}
              main
              act={() => void act(() => backend.do("acceptComparison", user))}
            />
            <Button
              id="decline-comparison"
              label={compareText.decline}
              act={() => void run(() => backend.do("closeComparison", user))}
            />
          </>
        ) : (
          <Button id="show-comparison" label={compareText.show} act={open} />
        )}
      </div>
    </section>
  );
}

/** Pictures for the eye, names for the telephone and for screen readers. */
function EmojiList({ emoji, label }: { emoji: Emoji[]; label: string }) {
  return (
    // biome-ignore lint/a11y/noRedundantRoles: without its numbers it is no list to some screen readers
    <ol class="emoji-list" role="list" aria-label={label}>
      {emoji.map(({ symbol, name }, i) => (
        <li key={`${i}-${name}`}>
          <span class="emoji-picture" aria-hidden="true">
            {symbol}
          </span>
          <span>{name}</span>
        </li>
      ))}
    </ol>
  );
}

function Broken({ comparison }: { comparison: Comparison | null }) {
  if (comparison?.state !== "broken") return null;
  return (
    <p role="alert" class="error">
      <Icon name="alert" />
      <span>
        <strong>{compareText.broken} </strong>
        {brokenText(comparison.reason)}
      </span>
    </p>
  );
}

function Button(props: { id: string; label: string; main?: boolean; act(): void }) {
  return (
    <button type="button" id={props.id} class={props.main ? "primary" : "quiet"} onClick={props.act}>
      {props.label}
    </button>
  );
}

function statusOf({ state }: Comparison, name: string): string | false {
  return state !== "broken" && compareText.status[state](name);
}
