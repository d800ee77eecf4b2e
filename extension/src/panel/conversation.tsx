import type { ConversationView, View } from "../core/types";
import { text } from "../strings/panel";
import { roomText } from "../strings/rooms";
import type { Backend } from "./backend";
import { Blocked } from "./blocked";
import { ComparisonBanner } from "./comparison";
import { Composer } from "./composer";
import type { Act, Guard } from "./guard";
import { Icon } from "./icons";
import { Messages } from "./messages";
import type { Talk } from "./talks";

interface Props {
  backend: Backend;
  guard: Guard;
  talk: Talk;
  view: View;
  conversation: ConversationView | null;
  attention: boolean;
  draft: string;
  setDraft(draft: string): void;
  send: Act<[message: string]>;
  /** Opens the page about this person. */
  compare(): void;
}

export function Conversation(props: Props) {
  const { backend, guard, talk, view, conversation, attention, draft, setDraft, send, compare } = props;
  const blocked = conversation?.blocked ?? null;
  return (
    <>
      <div class="privacy">
        <Icon name="lock" />
        <p>
          {talk.kind === "room" ? roomText.privateTo(talk.room.members.length) : text.privateWith(talk.name)}
        </p>
      </div>
      {talk.kind === "person" && (
        <ComparisonBanner backend={backend} guard={guard} person={talk.person} open={compare} />
      )}
      {conversation === null ? (
        <div class="messages" aria-busy="true" />
      ) : (
        <Messages
          key={talk.target}
          talk={talk}
          view={view}
          messages={conversation.messages}
          attention={attention}
        />
      )}
      {blocked !== null ? (
        <Blocked backend={backend} guard={guard} talk={talk} problem={blocked} compare={compare} />
      ) : (
        <Composer
          key={talk.target}
          name={talk.name}
          connected={view.link.state === "connected"}
          draft={draft}
          setDraft={setDraft}
          send={send}
        />
      )}
    </>
  );
}
