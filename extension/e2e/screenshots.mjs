// npm run screenshots: docs/images/*.png, of the real thing with people who do not exist.
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Office } from "./office.mjs";
import { BROWSERS, Person } from "./person.mjs";
import { NARROW } from "./sizes.mjs";

const IMAGES = fileURLToPath(new URL("../../docs/images/", import.meta.url));
const SIZE = { width: 1760, height: 880 };
const CONTACT = "contacts/detail/Qx7tPlaceholder04";
const TALK = [
  ["ben", "Morning! Is the label printer in room 3 back?"],
  ["ana", "Since eight. It only takes the new rolls, they are on the shelf by the door."],
  ["ben", "Perfect, thanks."],
  ["ben", "I have the phones until ten. Can you take the 10:15 delivery?"],
  ["ana", "Yes, I am up front all morning."],
  ["ben", "Great. Lunch at half past twelve?"],
];

const office = await Office.start();
const present = [];
try {
  await mkdir(IMAGES, { recursive: true });
  for (const name of ["Chris Doe", "Dana Example"]) await visit(name);
  const ana = await join("Ana Rivera", { size: SIZE });
  const ben = await join("Ben Carter");
  const eve = await join("Eve Placeholder");
  await ana.talkTo(ben.name);
  await ben.talkTo(ana.name);
  const speakers = { ana, ben };
  for (const [who, text] of TALK) {
    await speakers[who].say(text);
    for (const person of Object.values(speakers)) await person.seesMessage(text);
  }
  await eve.talkTo(ana.name);
  await eve.say("Can you send me the new price list?");

  await ana.browser.open(office.page().replace(/\/$/, `/v2/location/sandbox/${CONTACT}`));
  await ana.openPanel();
  await ana.seesPerson(eve.name, "unread", (person) => person.unread === 1);
  await shoot(ana, "list", await panelOf(ana));
  await ana.talkTo(ben.name);
  await ana.say("Count me in.");
  await ana.seesMessage("Count me in.", "Delivered");
  await shoot(ana, "panel");
  await ana.browser.page.emulateMedia({ colorScheme: "dark" });
  await shoot(ana, "panel-dark", await panelOf(ana));
  await ana.browser.resize(NARROW);
  await shoot(ana, "panel-320");
} finally {
  for (const person of present) await person.leave();
  await office.stop();
}

async function join(name, options = {}) {
  const person = await Person.arrive(BROWSERS.Chromium, office, name, options);
  present.push(person);
  await person.openChat(office.page());
  await person.join(await office.invite(name));
  return person;
}

/** In the list, and away. */
async function visit(name) {
  await join(name);
  await present.pop().leave();
}

async function shoot(person, name, clip) {
  // Without the pointer's and the cursor's traces.
  await person.browser.page.mouse.move(400, 700);
  const path = `${IMAGES}${name}.png`;
  await person.browser.page.screenshot({
    path,
    animations: "disabled",
    caret: "hide",
    ...(clip && { clip }),
  });
}

/** The panel alone, where the page adds nothing. */
function panelOf(person) {
  return person.browser.page.locator("#crm-chat-panel").boundingBox();
}
