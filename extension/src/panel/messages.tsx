import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { ChatMessage, View } from "../core/types";
import { refusalText, stateText, text, unopenedText } from "../strings/panel";
import { roomText } from "../strings/rooms";
import { firstUnread, type Line, toLines } from "./grouping";
import { Icon, type IconName } from "./icons";
import { nameOf, type Talk } from "./talks";
import { dayName, timeOfDay } from "./when";

/** Shown at first; a day of chat, and cheap to lay out. */
const PAGE = 150;
/** This near to the end counts as "at the end". */
const NEAR_END_PX = 60;

interface Props {
  talk: Talk;
  view: View;
  messages: readonly ChatMessage[];
  /** Somebody is looking: what comes in now is no news to point at. */
  attention: boolean;
}

export function Messages({ talk, view, messages, attention }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const [shown, setShown] = useState(PAGE);
  const [below, setBelow] = useState(false);
  const divider = useDivider(talk, messages, attention);
  const lines = useMemo(() => toLines(messages.slice(-shown)), [messages, shown]);
  const newest = messages.at(-1);

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null || newest === undefined) return;
    if (atEnd.current || newest.mine) element.scrollTop = element.scrollHeight;
    else setBelow(true);
  }, [newest]);

  // The writing field grows and the window changes: who was at the end stays there.
  useEffect(() => {
    const element = box.current;
    if (element === null || typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(() => {
      if (atEnd.current) element.scrollTop = element.scrollHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  function scrolled(): void {
    const element = box.current;
    if (element === null) return;
    atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX;
    if (atEnd.current) setBelow(false);
  }

  function toEnd(): void {
    box.current?.scrollTo({ top: box.current.scrollHeight });
  }

  if (messages.length === 0) {
    return (
      <div class="messages empty">
        <Icon name="chat" />
        <h2>{text.emptyTalk}</h2>
        <p>{talk.kind === "room" ? roomText.emptyTalk(talk.name) : text.emptyTalkMore(talk.name)}</p>
      </div>
    );
  }
  return (
    <div class="messages-frame">
      <div
        class="messages"
        ref={box}
        onScroll={scrolled}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label={talk.name}
      >
        {messages.length > shown && (
          <button type="button" class="quiet earlier" onClick={() => setShown(shown + PAGE)}>
            {text.earlier}
          </button>
        )}
        {lines.map((line) => (
          <Bubble
            key={line.message.id}
            line={line}
            name={nameOf(line.message.sender, view)}
            named={talk.kind === "room"}
            isNew={line.message.id === divider}
          />
        ))}
      </div>
      {below && (
        <button type="button" class="below" onClick={toEnd}>
          <Icon name="down" />
          {text.newBelow}
        </button>
      )}
    </div>
  );
}

const stateIcon: Partial<Record<ChatMessage["state"], IconName>> = {
  queued: "clock",
  sent: "sent",
  delivered: "delivered",
  refused: "alert",
};

interface BubbleProps {
  line: Line;
  name: string;
  /** Among many one has to see who speaks. */
  named: boolean;
  isNew: boolean;
}

function Bubble({ line, name, named, isNew }: BubbleProps) {
  const { message, newDay, first, last, foot } = line;
  const side = message.mine ? "mine" : "theirs";
  const broken = message.state === "undecryptable";
  const icon = stateIcon[message.state];
  return (
    <>
      {newDay && (
        <h2 class="day">
          <span>{dayName(message.at, Date.now())}</span>
        </h2>
      )}
      {isNew && (
        <p class="new-line">
          <span>{text.newDivider}</span>
        </p>
      )}
      {message.missingBefore > 0 && (
        <p class="missing">
          <Icon name="alert" />
          {text.missing(message.missingBefore)}
        </p>
      )}
      <article class={`line ${side}${first ? " first" : ""}${last ? " last" : ""}`}>
        <span class={named && first && !message.mine ? "speaker" : "spoken"}>
          {message.mine ? text.you : name}:{" "}
        </span>
        <p class={broken ? "bubble broken" : "bubble"} dir="auto">
          {broken ? text.undecryptable : message.text}
        </p>
        {broken && <p class="broken-why">{unopenedText(message.reason)}</p>}
        {foot && (
          <footer class={`foot foot-${message.state}`}>
            <time dateTime={new Date(message.at).toISOString()}>{timeOfDay(message.at)}</time>
            {icon !== undefined && (
              <span class="mark">
                <Icon name={icon} />
                {message.state === "refused" ? refusalText(message.reason) : stateText[message.state]}
              </span>
            )}
          </footer>
        )}
      </article>
    </>
  );
}

/** Set when unread messages are met, kept while they are being read, gone with the conversation. */
function useDivider({ unread }: Talk, messages: readonly ChatMessage[], attention: boolean): string | null {
  const [divider, setDivider] = useState(() => firstUnread(messages, unread));
  const before = useRef(unread);
  useEffect(() => {
    if (before.current === 0 && unread > 0 && !attention) setDivider(firstUnread(messages, unread));
    before.current = unread;
  }, [unread, messages, attention]);
  return divider;
}
