import type { Link } from "../core/types";
import { linkText, reasonText, retryIn, text } from "../strings/panel";
import { useNow } from "./hooks";

/** Always on screen: how the connection is, why it is not there, when it is tried again. */
export function Connection({ link, aside, retry }: { link: Link; aside: string; retry(): void }) {
  const waiting = link.state !== "connected" && link.retryAt !== null;
  const now = useNow(waiting);
  const seconds = link.retryAt === null ? 0 : Math.max(Math.ceil((link.retryAt - now) / 1000), 0);
  // Connected with a reason: the relay is there, but not all that is behind it.
  const reason = link.reason === null ? "" : reasonText[link.reason];
  const whole = link.state === "connected" && reason === "";
  return (
    <div class={`connection connection-${whole ? "whole" : link.state}`}>
      <span class="light" aria-hidden="true" />
      <p class="connection-words">
        <span role="status">
          <strong>{linkText[link.state]}</strong>
          {reason !== "" && <span class="reason">{reason}</span>}
        </span>
        {waiting && seconds > 0 && (
          <span class="countdown" aria-hidden="true">
            {retryIn(seconds)}
          </span>
        )}
      </p>
      {whole && <span class="aside">{aside}</span>}
      {(link.state === "reconnecting" || link.state === "offline") && (
        <button type="button" class="quiet" onClick={retry}>
          {text.tryNow}
        </button>
      )}
    </div>
  );
}
