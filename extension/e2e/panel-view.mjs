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
      keys: words(row, ".keys-badge"),
      unread: Number.parseInt(words(row, ".count .spoken") ?? "0", 10),
      line,
    };
  });
  const messages = all("[role='log'][aria-label] article").map((line) => ({
    from: (words(line, ".spoken, .speaker") ?? "").replace(/:$/, ""),
    text: words(line, "p"),
    mark: words(line, ".mark"),
  }));
  const facts = (within) =>
    Object.fromEntries(all("dl div", within).map((fact) => [words(fact, "dt"), words(fact, "dd")]));
  const copies = (within) =>
    Object.fromEntries(
      all(".copy-field", within).map((one) => [words(one, "label"), one.querySelector("textarea").value]),
    );
  const sheets = all("details.sheet-card").map((sheet) => ({
    name: words(sheet, "summary strong"),
    address: facts(sheet).Address ?? null,
    code: facts(sheet).Code ?? null,
    link: copies(sheet).Link,
  }));
  const open = document.querySelector(".who");
  return {
    heading: words(document, "h1"),
    /** Title of a page beside the chat, and `null` in the chat. */
    page: words(document, "main.screen h1"),
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
    keys: open === null ? null : words(open, ".keys-badge"),
    canWrite: document.querySelector("#composer") !== null,
    blocked: words(document, ".blocked .error"),
    messages,
    missing: all(".missing").map((node) => words(node)),
    /** Lists on the pages: members, workstations, open invites. */
    rows: all(".rows > li").map((row) => ({ name: words(row, ".row-name"), text: words(row, ".soft") })),
    table: all("tbody tr").map((row) => all("td", row).map((cell) => words(cell))),
    badRows: all(".bad-rows li").map((row) => words(row)),
    sheets,
    facts: facts(document),
    copies: copies(document),
    safetyNumber: all("ol[aria-label^='Safety number'] li").map((group) => words(group)),
    emoji: all(".emoji-list li").map((one) => words(one, "span:last-child")),
    status: all("[role='status']")
      .map((node) => words(node))
      .filter(Boolean),
    hint: words(document, ".hint"),
    text: document.body.innerText,
  };
}

/** What stands on the paper. Runs in the print page. */
export function readPaper() {
  return [...document.querySelectorAll(".sheet")].map((sheet) => ({
    heading: sheet.querySelector("h1").textContent,
    facts: Object.fromEntries(
      [...sheet.querySelectorAll("dl div")].map((fact) => [
        fact.querySelector("dt").textContent,
        fact.querySelector("dd").textContent,
      ]),
    ),
    groups: [...sheet.querySelectorAll(".sheet-groups li")].map((group) => group.textContent),
    link: sheet.querySelector(".sheet-small")?.textContent ?? null,
  }));
}
