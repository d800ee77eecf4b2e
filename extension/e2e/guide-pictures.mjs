// npm run screenshots: the pictures of the user guide, docs/images/guide-*.png. An office that does not exist goes through
// all that the guide tells, in real browsers.
import { Camera } from "./camera.mjs";
import { Company } from "./company.mjs";

const SIZE = { width: 1000, height: 720 };
/** Where there is always more to scroll. */
const TALK_HEIGHT = 560;
/** As far as the workstations. */
const PERSON_HEIGHT = 1_120;
const TABLE = `name,role,group
Lena Fischer,staff,Front desk
Omar Haddad,staff,Lab
Priya Natarajan,boss,
,staff,Lab
`;
const MENDED = `name,role,group
Lena Fischer,staff,Front desk
Omar Haddad,staff,Lab
Priya Natarajan,staff,Front desk
`;

const company = await Company.gather();
const { office } = company;
const camera = await Camera.ready();
try {
  const robin = await arrive("Robin Sample");
  await camera.fitted(robin, "guide-ways-in");
  await robin.goIn("Open a new office");
  const founding = office.foundingText();
  await robin.fillIn({ founding, office: "Harbour Street", name: robin.name }, "Open the office");
  await robin.sees("the choice of a passphrase", (view) => view.heading === "Choose a passphrase");
  await camera.fitted(robin, "guide-passphrase");
  await robin.choosePassphrase("four odd words together");
  await robin.sees("the recovery kit", (view) => view.text.includes("of the kit"));
  await camera.fitted(robin, "guide-recovery-kit");
  await robin.keepKit();

  await robin.lookAtTable(TABLE);
  await camera.fitted(robin, "guide-import");
  const [lenas, omars, priyas] = await robin.inviteTable(MENDED);
  await camera.fitted(robin, "guide-sheets");
  await robin.printed("Print 3 sheets", (page) => camera.paper(page, "guide-paper"));

  const lena = await arrive(lenas.name);
  await lena.goIn("I have an invite", "Type an address and a code");
  await lena.type("Address of the relay", lenas.address);
  await lena.type("Code", lenas.code);
  await camera.fitted(lena, "guide-code");
  await lena.press("Join");
  await lena.choosePassphrase("four odd words together");
  await lena.seesColleagues();
  const omar = await arrive(omars.name);
  await omar.join(omars.link);
  const priya = await arrive(priyas.name);
  await priya.join(priyas.link);

  await lena.toList();
  await lena.press("New room");
  await lena.type("Name of the room", "Morning round");
  for (const person of [omar, priya]) await lena.tick(person.name);
  await camera.fitted(lena, "guide-new-room");
  await lena.press("Make the room");
  await lena.sees("the room", (view) => view.talkingTo === "Morning round");
  await say(lena, "Good morning! Who opens up at eight?", [omar, priya], "Morning round");
  await say(omar, "I do, the lab is first anyway.", [lena, priya], "Morning round");
  await say(priya, "Then I take the phones.", [lena, omar], "Morning round");
  await lena.seesMessage("Good morning! Who opens up at eight?", "Delivered");
  await camera.fitted(lena, "guide-room", TALK_HEIGHT);
  await say(omar, "The new rolls for the label printer are here.", [lena], lena.name);
  await lena.toList();
  await robin.talkTo(lena.name);
  await robin.say("Can you call me when you have a minute?");
  await lena.seesPerson(robin.name, "unread", (row) => row.unread === 1);
  await camera.fitted(lena, "guide-list", TALK_HEIGHT);

  await lena.press("Account and lock");
  await lena.sees("the account", (view) => view.heading === "You and this browser");
  await camera.fitted(lena, "guide-account");
  const { link } = await lena.addWorkstation();
  await camera.fitted(lena, "guide-add-workstation");
  const other = await arrive(lena.name);
  await other.join(link);
  await lena.workstations();
  await lena.sees("both", (view) => view.rows.length === 2);
  await camera.fitted(lena, "guide-workstations");
  await lena.verification(omar.name);
  await camera.fitted(lena, "guide-safety-number");
  await lena.askToCompare(omar.name);
  await omar.agreeToCompare(lena.name);
  await omar.emojiNames();
  await lena.emojiNames();
  await camera.fitted(lena, "guide-emoji");
  for (const [one, other] of [
    [lena, omar],
    [omar, lena],
  ])
    await one.answerEmoji(other.name, true);

  await robin.toList();
  await robin.press("Manage the office");
  await robin.sees("the office", (view) => view.heading === "Manage the office");
  await camera.fitted(robin, "guide-manage-office");
  await robin.manage("Rules of the office");
  await robin.sees("the rules", (view) => view.heading === "Rules of the office");
  await camera.fitted(robin, "guide-rules");
  await robin.person(lena.name);
  await robin.sees("her workstations", (view) => view.rows.length === 2);
  await camera.fitted(robin, "guide-person", PERSON_HEIGHT);
  await robin.browser.resize({ ...SIZE, height: 660 });
  await robin.aboutToRevoke(priya.name);
  await camera.panel(robin, "guide-remove-person");
  await robin.browser.resize(SIZE);

  const again = await robin.inviteAgain(omar.name);
  await company.leave(omar);
  const back = await arrive(omar.name);
  await back.join(again.link);
  await lena.talkTo(omar.name);
  await lena.sees("that writing is stopped", (view) => view.blocked !== null);
  await camera.fitted(lena, "guide-keys-changed", TALK_HEIGHT);

  await lena.toList();
  await office.setBack(async () => {
    await robin.invite("Noa Sample");
  });
  await lena.sees("the warning", (view) => view.alerts.some((alert) => alert.includes("Warning")), {
    within: 60_000,
  });
  await camera.fitted(lena, "guide-warning", TALK_HEIGHT);
} finally {
  await company.end();
}

function arrive(name) {
  return company.arrive("Chromium", name, { size: SIZE });
}

/** Says it in the conversation of that name, and everybody sees it there. */
async function say(person, text, others, where) {
  await person.talkTo(where);
  await person.say(text);
  for (const other of others) {
    await other.talkTo(where === other.name ? person.name : where);
    await other.seesMessage(text);
  }
}
