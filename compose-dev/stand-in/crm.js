// A single-page CRM, as far as the chat is concerned: routes, a list, a form with the names of the real one.
import { people } from "./people.js";

const view = document.getElementById("view");

/** The part of the path that names the location; kept, so that any location works. */
const base = () => location.pathname.split("/").slice(0, 4).join("/");

/** The query chooses the variant of this page and stays with the person through all navigation. */
const href = (route) => `${base()}/${route}${location.search}`;

const element = (tag, props = {}, ...children) => {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children);
  return node;
};

const link = (text, route) => {
  const anchor = element("a", { textContent: text, href: href(route) });
  anchor.dataset.route = route;
  return anchor;
};

const fullName = (person) => `${person.first} ${person.last}`;

const contactList = () => {
  const body = element("tbody");
  for (const person of people) {
    body.append(
      element(
        "tr",
        {},
        element("td", {}, link(fullName(person), `contacts/detail/${person.id}`)),
        element("td", { textContent: person.phone }),
        element("td", { textContent: person.born }),
        element("td", { textContent: person.city }),
      ),
    );
  }
  const head = element("tr");
  for (const title of ["Name", "Phone", "Born", "City"]) head.append(element("th", { scope: "col", textContent: title }));
  return [
    element("h1", { textContent: "Contacts" }),
    element("table", {}, element("thead", {}, head), body),
  ];
};

const field = (label, name, value) =>
  element("label", {}, element("span", { textContent: label }), element("input", { name, value, autocomplete: "off" }));

const contactDetail = (id) => {
  const person = people.find((candidate) => candidate.id === id);
  if (!person) return nothing("This contact does not exist.");
  return [
    element("p", { className: "back" }, link("All contacts", "contacts/smart_list/All")),
    element("h1", { textContent: fullName(person) }),
    element(
      "form",
      { className: "card", onsubmit: () => false },
      field("First name", "contact.first_name", person.first),
      field("Last name", "contact.last_name", person.last),
      field("Phone", "contact.phone", person.phone),
      field("Date of birth", "contact.date_of_birth", person.born),
      field("SRx ID", "contact.srx_id", person.srx),
      field("City", "contact.city", person.city),
    ),
    element(
      "section",
      { className: "card" },
      element("h2", { textContent: "Notes" }),
      element("p", { textContent: person.note || "No notes." }),
      element("p", {}, link("Conversation", `conversations/conversations/${person.id}`)),
    ),
  ];
};

const conversations = (id) => {
  const person = people.find((candidate) => candidate.id === id);
  const threads = element("div", { className: "threads" });
  for (const other of people.slice(0, 5)) {
    threads.append(element("p", {}, link(fullName(other), `conversations/conversations/${other.id}`)));
  }
  const text = person
    ? `Nothing has been written with ${fullName(person)} yet.`
    : "Choose somebody on the left.";
  return [
    element("h1", { textContent: "Conversations" }),
    element("div", { className: "split" }, threads, element("section", { className: "card" }, element("p", { textContent: text }))),
  ];
};

const dashboard = () => {
  const tiles = element("div", { className: "tiles" });
  for (const [title, figure] of [["Contacts", people.length], ["Calls today", 12], ["Refills due", 5]]) {
    tiles.append(element("section", { className: "card" }, element("h2", { textContent: title }), element("p", { className: "figure", textContent: figure })));
  }
  return [element("h1", { textContent: "Dashboard" }), tiles];
};

const nothing = (text) => [element("h1", { textContent: "Not found" }), element("p", { textContent: text })];

const render = () => {
  const [section, kind, id] = location.pathname.split("/").slice(4);
  const content =
    section === "dashboard" ? dashboard()
    : section === "conversations" ? conversations(id)
    : section === "contacts" && kind === "detail" ? contactDetail(id)
    : section === "contacts" ? contactList()
    : nothing("The stand-in has no such page.");
  view.replaceChildren(...content);
  for (const anchor of document.querySelectorAll("nav a[data-route]")) {
    anchor.href = href(anchor.dataset.route);
    anchor.toggleAttribute("aria-current", anchor.dataset.route.startsWith(section));
  }
  document.title = `${view.querySelector("h1").textContent} · CRM stand-in`;
};

document.addEventListener("click", (event) => {
  const anchor = event.target.closest?.("a[data-route]");
  if (!anchor || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  history.pushState({}, "", href(anchor.dataset.route));
  render();
  view.focus({ preventScroll: true });
});
addEventListener("popstate", render);
render();
