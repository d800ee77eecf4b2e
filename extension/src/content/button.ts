import { badgeText } from "../messages/page";
import { pageText } from "../strings/page";
import { buttonCss } from "./button-css";
import { closedHost } from "./closed-host";

/** In the CRM+ header, or floating over the page where there is no room in it. */
export type Place = "header" | "floating";

interface ButtonState {
  unread: number;
  open: boolean;
  /** The extension was updated under this page. */
  outdated: boolean;
}

export interface ChatButton {
  readonly host: HTMLElement;
  show(state: ButtonState): void;
  focus(): void;
}

const ICON =
  "M4 4.5h16A1.5 1.5 0 0 1 21.5 6v10a1.5 1.5 0 0 1-1.5 1.5h-8.2L7 21.4v-3.9H4A1.5 1.5 0 0 1 2.5 16V6A1.5 1.5 0 0 1 4 4.5Z";
const SVG = "http://www.w3.org/2000/svg";

/**
 * One button in a closed shadow root. CRM+ searches the whole page for class names and texts (and clicks
 * what it finds), so the host carries an id and nothing else, and the only text is a number inside the root.
 */
export function makeChatButton(place: Place, clicked: () => void, escaped: () => void): ChatButton {
  const { host, root } = closedHost(
    `crm-chat-${place === "header" ? "button" : "launcher"}`,
    buttonCss(place),
  );
  host.toggleAttribute("data-early", place === "floating");
  host.addEventListener("animationend", () => host.removeAttribute("data-early"), { once: true });
  const button = document.createElement("button");
  const count = document.createElement("span");
  button.type = "button";
  count.setAttribute("aria-hidden", "true");
  button.append(icon(), count);
  // A click made by a script of the page does not open the chat.
  button.addEventListener("click", (event) => {
    if (event.isTrusted) clicked();
  });
  button.addEventListener("keydown", (event) => {
    if (event.key === "Escape") escaped();
  });
  root.append(button);
  return {
    host,
    show({ unread, open, outdated }) {
      const text = outdated ? "!" : badgeText(unread);
      if (count.textContent !== text) count.textContent = text;
      count.hidden = text === "";
      button.title = outdated ? pageText.outdated : pageText.chat;
      button.setAttribute("aria-label", outdated ? pageText.outdated : pageText.button(unread));
      button.setAttribute("aria-expanded", String(open));
    },
    focus: () => button.focus(),
  };
}

function icon(): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICON);
  svg.append(path);
  return svg;
}
