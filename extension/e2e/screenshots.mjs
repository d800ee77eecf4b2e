// npm run screenshots: the pictures of the panel beside the page, of the real thing with people who do not exist.
import { Camera } from "./camera.mjs";
import { Company } from "./company.mjs";
import { NARROW } from "./sizes.mjs";

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

const company = await Company.gather();
const { office } = company;
const camera = await Camera.ready();
try {
  for (const name of ["Chris Doe", "Dana Example"]) {
    // In the list, and away.
    await company.leave(await company.join("Chromium", name));
  }
  const ana = await company.join("Chromium", "Ana Rivera", { size: SIZE });
  const ben = await company.join("Chromium", "Ben Carter");
  const eve = await company.join("Chromium", "Eve Placeholder");
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
  await ana.talkTo(ben.name);
  await ana.say("Count me in.");
  await ana.seesMessage("Count me in.", "Delivered");
  await camera.page(ana, "panel");
  await ana.browser.page.emulateMedia({ colorScheme: "dark" });
  await camera.panel(ana, "panel-dark");
  await ana.browser.resize(NARROW);
  await camera.page(ana, "panel-320");
} finally {
  await company.end();
}
