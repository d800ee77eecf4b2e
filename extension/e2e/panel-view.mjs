/**
 * What a person can read in the panel. Runs inside the panel's own page, so it must not use anything from
 * outside its body.
 */
export function readPanel() {
  const words = (node, selector) => {
    const found = selector === undefined ? node : node.querySelector(selector);
    return found === null ? null : found.textContent.trim();
  };
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const presences = ["Online", "Away", "Not known"];
  const people = all("nav[aria-label='Colleagues'] li button").map((row) => {
    const line = words(row, ".person-last") ?? "";
    return {
      name: words(row, ".person-name"),
      presence: presences.find((presence) => line.startsWith(presence)) ?? null,
      unread: Number.parseInt(words(row, ".count .spoken") ?? "0", 10),
      line,
    };
  });
  const messages = all("[role='log'][aria-label] article").map((line) => ({
    from: (words(line, ".spoken") ?? "").replace(/:$/, ""),
    text: words(line, "p"),
    mark: words(line, ".mark"),
  }));
  const open = document.querySelector("#composer");
  return {
    heading: words(document, "h1"),
    link: words(document, ".connection [role='status'] strong"),
    reason: words(document, ".connection .reason"),
    alerts: all("[role='alert']")
      .map((node) => words(node))
      .filter(Boolean),
    private: all(".private, .privacy").map((node) => words(node)),
    /** The ways in on the first screen. */
    ways: all(".way strong").map((node) => words(node)),
    buttons: all("button").map((node) => node.getAttribute("aria-label") ?? words(node)),
    people,
    talkingTo: open === null ? null : words(document, ".who h1"),
    presence: open === null ? null : words(document, ".who p"),
    messages,
    hint: words(document, ".hint"),
    text: document.body.innerText,
  };
}
