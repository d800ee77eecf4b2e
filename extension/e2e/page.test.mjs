import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { Office } from "./office.mjs";
import { BROWSERS, Person } from "./person.mjs";
import { LAPTOP, NARROW, WIDE } from "./sizes.mjs";
import { until } from "./wait.mjs";

const CRM = "app.mtncarerx.com";
const STRANGER = "stranger.example";
const MARKER = "only the two of us read this 4711";

let office;
let stranger;
/** One person per browser; they talk with each other, so each panel has something to hide. */
const people = {};

before(async () => {
  office = await Office.start();
  stranger = await otherSite();
  const hosts = {
    [CRM]: new URL(office.ready.page).host,
    [STRANGER]: `127.0.0.1:${stranger.address().port}`,
  };
  for (const [kind, Browser] of Object.entries(BROWSERS)) {
    const person = await Person.arrive(Browser, office, `Dana ${kind}`, { hosts });
    people[kind] = person;
    await person.openChat(office.page());
    await person.join(await office.invite(person.name));
  }
  const [one, other] = Object.values(people);
  await one.talkTo(other.name);
  await one.say(MARKER);
  await other.talkTo(one.name);
  await other.seesMessage(MARKER);
});

after(async () => {
  for (const person of Object.values(people)) await person.leave();
  stranger?.close();
  await office?.stop();
});

for (const kind of Object.keys(BROWSERS)) {
  const partner = Object.keys(BROWSERS).find((other) => other !== kind);

  test(`${kind}: one button, whatever the header does`, { timeout: 60_000 }, async () => {
    const person = people[kind];
    await person.browser.open(office.page());
    await person.buttonReady((button) => button.place === "header");
    const sight = await watchButtons(person);
    await go(person, "dashboard");
    await person.buttonReady((button) => button.place === "floating");
    await go(person, "contacts/smart_list/All");
    await person.buttonReady((button) => button.place === "header");
    for (let cycle = 0; cycle < 5; cycle++) {
      await go(person, "dashboard");
      await go(person, "contacts/smart_list/All");
    }
    await person.buttonReady((button) => button.place === "header");
    await person.browser.open(office.page());
    await person.buttonReady((button) => button.place === "header");
    assert.ok((await sight()) <= 1, "two buttons in the header at a time");
  });

  test(`${kind}: a header that is back before anybody could look has the button`, {
    timeout: 60_000,
  }, async () => {
    const person = people[kind];
    await person.browser.open(office.page());
    await person.buttonReady((button) => button.place === "header");
    for (const built of [false, true]) {
      await person.browser.page.evaluate(leaveAndReturn, built);
      await person.buttonReady((button) => button.place === "header");
    }
  });

  test(`${kind}: a button of its own where the header has no place for it`, { timeout: 60_000 }, async () => {
    const person = people[kind];
    const floating = (button) => button.place === "floating";
    await person.browser.open(office.page("crmplus=off"));
    await person.buttonReady(floating);
    await person.browser.open(office.page("crmplus=narrow"));
    await person.buttonReady(floating);
    await person.browser.open(office.page());
    await person.buttonReady((button) => button.place === "header");
    await person.browser.resize(LAPTOP);
    const { x, y, width, height } = await person.buttonReady(floating);
    assert.ok(x + width <= LAPTOP.width && y + height <= LAPTOP.height, "wholly inside the window");
    await person.openPanel();
    await person.closePanel();
    await person.browser.resize(WIDE);
    await person.buttonReady((button) => button.place === "header");
  });

  test(`${kind}: the panel works in a page with the strictest policy`, { timeout: 60_000 }, async () => {
    const person = people[kind];
    await person.openChat(office.page("csp=strict"));
    await person.talkTo(`Dana ${partner}`);
    await person.seesMessage(MARKER);
  });

  test(`${kind}: the page sees nothing of the chat`, { timeout: 60_000 }, async () => {
    const person = people[kind];
    await person.openChat(office.page());
    await person.talkTo(`Dana ${partner}`);
    await person.seesMessage(MARKER);
    const seen = await person.browser.page.evaluate(allThatThePageSees);
    for (const secret of [MARKER, `Dana ${partner}`, person.name]) {
      assert.ok(!seen.text.includes(secret), `the page can read "${secret}"`);
    }
    assert.deepEqual(seen.ours, ["crm-chat-button", "crm-chat-launcher", "crm-chat-panel"]);
    assert.equal(seen.inside, 0, "our elements are empty to the page");
    assert.equal(seen.frames, 0, "our frame is not among the page's");
    assert.doesNotMatch(
      seen.text,
      /panel\.html#[0-9a-f]{32}/,
      "the frame's one-time number is not told to the page",
    );
  });

  test(`${kind}: the panel shows nothing to whoever else frames it`, { timeout: 60_000 }, async () => {
    const person = people[kind];
    await person.openChat(office.page());
    const address = await person.browser.panelFrame().evaluate(() => location.href.split("#")[0]);
    const number = "0123456789abcdef".repeat(2);
    for (const [host, url] of [
      ["the CRM page", office.page()],
      ["another site", `http://${STRANGER}:${stranger.address().port}/`],
    ]) {
      for (const hash of ["", `#${number}`]) {
        await person.browser.open(url);
        const text = await framedText(person, address + hash);
        assert.doesNotMatch(
          text,
          /Colleagues|Dana|Message|Join your office/,
          `framed by ${host} with "${hash}"`,
        );
      }
    }
  });

  test(`${kind}: keyboard alone`, { timeout: 60_000 }, async () => {
    const person = people[kind];
    const { page } = person.browser;
    const focused = () => page.evaluate(() => document.activeElement?.id);
    await person.browser.open(office.page());
    await person.buttonReady((button) => button.place === "header");
    await until("the button has the focus", async () => {
      await page.keyboard.press("Tab");
      return (await focused()) === "crm-chat-button";
    });
    for (const key of ["Enter", " "]) {
      await page.keyboard.press(key);
      await person.buttonReady((button) => button.open);
      await person.sees("the list", (view) => view.heading === "Colleagues");
      await until("the panel has the focus", async () => (await focused()) === "crm-chat-panel");
      await page.keyboard.press("Escape");
      await person.buttonReady((button) => !button.open);
      await until("the button has the focus again", async () => (await focused()) === "crm-chat-button");
    }
  });

  test(`${kind}: 320 pixels are enough`, { timeout: 60_000 }, async (t) => {
    const person = people[kind];
    t.after(() => person.browser.resize(WIDE));
    await person.browser.open(office.page());
    await person.browser.resize(NARROW);
    await person.openPanel();
    await fits(person, NARROW.width);
    await person.talkTo(`Dana ${partner}`);
    await person.write("a".repeat(200));
    await fits(person, NARROW.width);
  });
}

test("Chromium: a page that covers the panel gets no message sent", { timeout: 60_000 }, async () => {
  const person = people.Chromium;
  const { page } = person.browser;
  await person.openChat(office.page());
  await person.talkTo("Dana Firefox");
  await page.evaluate(() => {
    const cover = document.createElement("div");
    cover.id = "cover";
    // Above everything, nearly invisible, and clicks fall through it.
    cover.style =
      "position:fixed;inset:0;z-index:2147483647;pointer-events:none;background:rgba(255,255,255,.02)";
    document.documentElement.append(cover);
  });
  await person.write("Not while it is covered.");
  await until("the message is refused", async () => {
    await page.keyboard.press("Enter");
    return (await person.view()).alerts.some((alert) => alert.includes("covers the chat"));
  });
  await page.evaluate(() => document.getElementById("cover").remove());
  await until("the message is sent", async () => {
    await page.keyboard.press("Enter");
    return (await person.view()).messages.some((message) => message.text === "Not while it is covered.");
  });
});

test("Chromium: out of the page, and out of sight", { timeout: 60_000 }, async () => {
  const person = people.Chromium;
  await person.openChat(office.page());
  await person.talkTo("Dana Firefox");
  await person.seesMessage(MARKER);
  await person.press("Hide chat from view");
  const hidden = await person.sees("nothing", (view) => view.text.includes("Chat is hidden"));
  assert.doesNotMatch(hidden.text, new RegExp(`${MARKER}|Dana Firefox`));
  await person.press("Show chat");
  await person.seesMessage(MARKER);
  const own = person.browser.nextTab();
  await person.press("Open in its own window");
  const tab = await own;
  await tab.getByRole("button", { name: /Dana Firefox/ }).waitFor();
  await tab.close();
});

for (const scheme of ["light", "dark"]) {
  test(`axe finds nothing serious, ${scheme}`, { timeout: 60_000 }, async () => {
    const { browser } = people.Chromium;
    const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    const tab = await browser.tab(browser.extensionPage("panel.html"));
    try {
      await tab.emulateMedia({ colorScheme: scheme });
      await tab.evaluate(axe);
      await tab.getByRole("button", { name: /Dana Firefox/ }).waitFor();
      assert.deepEqual(await serious(tab), [], "list of colleagues");
      await tab.getByRole("button", { name: /Dana Firefox/ }).click();
      await tab.getByText(MARKER).first().waitFor();
      assert.deepEqual(await serious(tab), [], "conversation");
      await tab.getByRole("button", { name: "Hide chat from view" }).click();
      await tab.getByText("Chat is hidden").waitFor();
      assert.deepEqual(await serious(tab), [], "hidden");
    } finally {
      await tab.close();
    }
  });
}

function go(person, route) {
  return person.browser.page.evaluate((to) => document.querySelector(`a[data-route="${to}"]`).click(), route);
}

/** Runs in the page: its header goes and is back within one task, as the same element or built anew. */
async function leaveAndReturn(builtAnew) {
  const header = document.getElementById("mcp-crm-header");
  header.remove();
  // Whoever watches the body hears of it here.
  await Promise.resolve();
  const next = builtAnew ? header.cloneNode(true) : header;
  for (const ours of builtAnew ? next.querySelectorAll("#crm-chat-button") : []) ours.remove();
  document.body.prepend(next);
}

/** Counts at every change how many of our buttons stand in the page; tells the most. */
async function watchButtons(person) {
  await person.browser.page.evaluate(() => {
    window.mostButtons = 0;
    const count = () => {
      const now = document.querySelectorAll("#crm-chat-button").length;
      window.mostButtons = Math.max(window.mostButtons, now);
      sessionStorage.setItem("mostButtons", String(window.mostButtons));
    };
    new MutationObserver(count).observe(document, { childList: true, subtree: true });
    count();
  });
  return () => person.browser.page.evaluate(() => Number(sessionStorage.getItem("mostButtons")));
}

/** Runs in the page: everything that its own scripts can get hold of. */
function allThatThePageSees() {
  const ours = [...document.querySelectorAll("[id^='crm-chat']")];
  const strings = [
    document.documentElement.outerHTML,
    document.documentElement.innerText,
    document.title,
    JSON.stringify({ ...localStorage }),
    JSON.stringify({ ...sessionStorage }),
    JSON.stringify(performance.getEntries()),
    Object.getOwnPropertyNames(window).join(),
    window.find === undefined ? "" : String(getSelection()),
  ];
  return {
    text: strings.join("\n"),
    ours: ours.map((element) => element.id).sort(),
    inside: ours.reduce(
      (sum, element) => sum + element.childNodes.length + (element.shadowRoot === null ? 0 : 1),
      0,
    ),
    frames: window.length,
  };
}

/** What stands in a frame that the page itself has made, within a second. */
async function framedText(person, address) {
  const { page } = person.browser;
  const before = new Set(page.frames());
  await page.evaluate((src) => {
    const frame = document.createElement("iframe");
    frame.src = src;
    document.body.append(frame);
  }, address);
  const read = async () => {
    const framed = page.frames().filter((frame) => !before.has(frame));
    const texts = await Promise.all(
      framed.map((frame) => frame.evaluate(() => document.body?.innerText ?? "").catch(() => "")),
    );
    return texts.join("\n");
  };
  // What must not come has a second to come; the real panel needs less.
  const deadline = Date.now() + 1_000;
  let text = "";
  await until("a second has passed", async () => {
    text += await read();
    return Date.now() > deadline;
  });
  return text;
}

async function fits(person, widest) {
  const panel = await person.browser.panelFrame().evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return { width: innerWidth, scrollWidth, clientWidth };
  });
  // The page's own scroll bar takes some of the width.
  assert.ok(panel.width <= widest && panel.width > widest - 20, `the panel is ${panel.width} pixels wide`);
  assert.equal(panel.scrollWidth, panel.clientWidth, "nothing is to be scrolled sideways");
}

async function serious(tab) {
  const { violations } = await tab.evaluate(() => window.axe.run());
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
}

/** A page that has nothing to do with the CRM. */
function otherSite() {
  const server = createServer((_, response) => {
    response
      .setHeader("content-type", "text/html")
      .end("<!doctype html><title>Stranger</title><body>Stranger");
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}
