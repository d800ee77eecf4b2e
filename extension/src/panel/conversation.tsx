import type { ConversationView, Person, Problem } from "../core/types";
import { text } from "../strings/panel";
import { Composer } from "./composer";
import { Icon } from "./icons";
import { Messages } from "./messages";

interface Props {
  person: Person;
  conversation: ConversationView | null;
  connected: boolean;
  attention: boolean;
  draft: string;
  setDraft(draft: string): void;
  send(message: string): Promise<Problem | null>;
}

export function Conversation({ person, conversation, attention, ...composer }: Props) {
  return (
    <>
      <div class="privacy">
        <Icon name="lock" />
        <p>{text.privateWith(person.name)}</p>
      </div>
      {conversation === null ? (
        <div class="messages" aria-busy="true" />
      ) : (
        <Messages key={person.user} person={person} messages={conversation.messages} attention={attention} />
      )}
      <Composer key={person.user} name={person.name} {...composer} />
    </>
  );
}
