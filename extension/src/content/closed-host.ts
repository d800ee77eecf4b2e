export interface ClosedHost {
  host: HTMLElement;
  root: ShadowRoot;
}

/** An element of the page whose inside neither the page's scripts nor its styles reach. */
export function closedHost(id: string, css: string): ClosedHost {
  const host = document.createElement("div");
  host.id = id;
  const root = host.attachShadow({ mode: "closed" });
  addStyles(root, css);
  return { host, root };
}

/** Constructed sheets are free of the page's CSP; Firefox does not let content scripts adopt them everywhere. */
function addStyles(root: ShadowRoot, css: string): void {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
    if (root.adoptedStyleSheets.length === 1) return;
  } catch {
    // Fall through to an element.
  }
  const style = document.createElement("style");
  style.textContent = css;
  root.append(style);
}
