import { useEffect, useRef, useState } from "preact/hooks";
import { text } from "../strings/panel";
import { compareText } from "../strings/verify";
import type { PanelState } from "./backend";
import { nameOf, talksOf } from "./talks";

/** Speaks new messages and who wants to compare keys to screen readers: messages whole in the open conversation, by name alone from elsewhere. */
export function Announcer({ state, open }: { state: PanelState; open: string | null }) {
  const [spoken, setSpoken] = useState("");
  const unread = useRef<Map<string, number> | null>(null);
  const asking = useRef<Set<string>>(new Set());
  const newest = useRef<{ with: string; id: string } | null>(null);

  useEffect(() => {
    if (state.view === null) return;
    const talks = talksOf(state.view);
    const before = unread.current;
    unread.current = new Map(talks.map((talk) => [talk.target, talk.unread]));
    if (before === null) return;
    const risen = talks.find((talk) => talk.target !== open && talk.unread > (before.get(talk.target) ?? 0));
    if (risen === undefined) return;
    setSpoken(risen.kind === "room" ? text.newInRoom(risen.name) : text.newMessage(risen.name));
  }, [state.view, open]);

  useEffect(() => {
    if (state.view === null) return;
    const asks = state.view.people.filter(({ comparison }) => comparison?.state === "asked");
    const first = asks.find(({ comparison }) => !asking.current.has(comparison?.id ?? ""));
    asking.current = new Set(asks.map(({ comparison }) => comparison?.id ?? ""));
    if (first !== undefined) setSpoken(compareText.asks(first.name));
  }, [state.view]);

  useEffect(() => {
    const { conversation, view } = state;
    const last = conversation?.messages.at(-1);
    if (conversation === null || last === undefined) return;
    const before = newest.current;
    newest.current = { with: conversation.with, id: last.id };
    if (before?.with !== conversation.with || before.id === last.id || last.mine) return;
    const name = view === null ? "" : nameOf(last.sender, view);
    setSpoken(text.spoken(name, last.state === "undecryptable" ? text.undecryptable : last.text));
  }, [state]);

  return (
    <div class="spoken" role="log" aria-live="polite">
      {spoken}
    </div>
  );
}
