import { ask, frameUrl } from "../platform/runtime";
import { pageText } from "../strings/page";
import { closedHost } from "./closed-host";

/** Closed means outside the window: the panel's own view of whether it is seen depends on it. */
const css = `
:host{all:initial;position:fixed;right:0;bottom:0;width:380px;z-index:1000001;visibility:hidden;transform:translateX(110%);
background:#fff;box-shadow:-4px 0 20px rgba(20,28,40,.22);transition:transform .18s ease-out,visibility 0s .18s}
:host([data-open]){visibility:visible;transform:none;transition:transform .18s ease-out}
iframe{display:block;border:0;width:100%;height:100%;color-scheme:normal}
@media (max-width:480px){:host{width:100%}}
@media (prefers-color-scheme:dark){:host{background:#12171e}}
@media (prefers-reduced-motion:reduce){:host,:host([data-open]){transition:none}}
@media print{:host{display:none}}
`;

/** The panel's frame: made at the first opening, afterwards only shown and hidden. */
export class PanelFrame {
  readonly #host: HTMLElement;
  readonly #root: ShadowRoot;
  #frame: HTMLIFrameElement | null = null;
  open = false;

  constructor() {
    const { host, root } = closedHost("crm-chat-panel", css);
    this.#host = host;
    this.#root = root;
  }

  /** False when the background gave no token: the extension was updated or removed under this page. */
  async show(top: number): Promise<boolean> {
    this.#host.style.top = `${top}px`;
    if (!this.#host.isConnected) {
      // Attaching (again) loads the frame (again), so it needs a fresh token.
      const token = await ask({ kind: "panel-token" });
      if (typeof token !== "string") return false;
      this.#frame?.remove();
      this.#frame = this.#makeFrame(`${frameUrl("panel.html")}#${token}`);
      this.#root.append(this.#frame);
      // Beside the body, not in it: CRM+ watches every change below the body.
      document.documentElement.append(this.#host);
    }
    this.#host.toggleAttribute("data-open", true);
    this.open = true;
    // In the next frame: Firefox refuses the focus while the frame still counts as hidden.
    requestAnimationFrame(() => {
      if (this.open) this.#frame?.focus();
    });
    return true;
  }

  #makeFrame(src: string): HTMLIFrameElement {
    const frame = document.createElement("iframe");
    frame.title = pageText.chat;
    frame.src = src;
    // Firefox forgets a focus that was given before the frame had its document; Chromium believes that the frame
    // has it and gives the keys to nobody.
    frame.addEventListener("load", () => {
      if (!this.open) return;
      frame.blur();
      frame.focus();
    });
    return frame;
  }

  hide(): void {
    this.open = false;
    this.#host.toggleAttribute("data-open", false);
  }

  move(top: number): void {
    if (this.open) this.#host.style.top = `${top}px`;
  }

  remove(): void {
    this.open = false;
    this.#host.remove();
  }
}
