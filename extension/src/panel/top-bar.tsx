import type { ComponentChildren } from "preact";
import { entryText } from "../strings/entry";
import { text } from "../strings/panel";
import { Icon, type IconName } from "./icons";

export function IconButton(props: {
  icon: IconName;
  label: string;
  onClick(): void;
  class?: string;
  id?: string;
}) {
  return (
    <button
      type="button"
      id={props.id}
      class={`icon-button ${props.class ?? ""}`}
      aria-label={props.label}
      title={props.label}
      onClick={props.onClick}
    >
      <Icon name={props.icon} />
    </button>
  );
}

export interface WindowActions {
  framed: boolean;
  /** `null` where nothing private is on screen. */
  hide: (() => void) | null;
  /** Where there is an account. */
  account?: () => void;
  openWindow(): void;
  close(): void;
}

/** Title on the left, what one can do with the panel itself on the right. */
export function TopBar({ children, actions }: { children: ComponentChildren; actions: WindowActions }) {
  return (
    <header class="top-bar">
      {children}
      <div class="top-actions">
        {actions.hide !== null && <IconButton icon="hide" label={text.hide} onClick={actions.hide} />}
        {actions.account !== undefined && (
          <IconButton
            icon="lock"
            id="open-account"
            label={entryText.openAccount}
            onClick={actions.account}
            class="list-only"
          />
        )}
        {actions.framed && (
          <>
            <IconButton icon="window" label={text.ownWindow} onClick={actions.openWindow} class="roomy" />
            <IconButton icon="close" label={text.close} onClick={actions.close} />
          </>
        )}
      </div>
    </header>
  );
}
