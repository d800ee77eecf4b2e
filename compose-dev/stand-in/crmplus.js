// Stands in for the header that CRM+ puts on the CRM's page: the same places and the same comings and goings, so that
// the chat's button can be tried against them. The page's data-crmplus says how: on, off, narrow.
//
// What matters to somebody who wants to live there:
//   the header is the first child of body, and only on pages about contacts or conversations
//   it is removed elsewhere, body gets the class no-header for good, and on return it is a new element
//   values are shown in elements that are replaced when they change
//   it is fixed and does not scroll; what does not fit is out of reach (narrow makes sure of that)
const NOTICED_EVERY = 500;
const ACTED_ON_AFTER = 100;

const variant = document.documentElement.dataset.crmplus;

const make = (tag, { id, classes = "", text = "", title } = {}, ...children) => {
  const node = document.createElement(tag);
  if (id) node.id = id;
  if (classes) node.className = classes;
  if (text) node.textContent = text;
  if (title) node.title = title;
  node.append(...children);
  return node;
};

const shownValue = (label, name) =>
  make(
    "div",
    { classes: "group" },
    make("span", { classes: "label", text: label }),
    make("span", { id: `${name}-display`, classes: "clickable-value" }, make("span", { id: `${name}-text` })),
  );

const dropdown = (id, text) =>
  make("div", { id, classes: "dropdown" }, make("button", { classes: "btn dropdown-btn", text }));

const build = () => {
  const header = make(
    "div",
    { id: "mcp-crm-header", classes: variant === "narrow" ? "narrow" : "" },
    make("div", { classes: "group" }, make("a", { classes: "logo-link", text: "CRM+" })),
    make(
      "div",
      { classes: "group external-links" },
      make("a", { classes: "text-link btn", text: "Shipping" }),
      make("a", { classes: "text-link btn", text: "Messenger" }),
    ),
    shownValue("Name", "name"),
    shownValue("Phone", "phone"),
    shownValue("DOB", "dob"),
    shownValue("SRx ID", "srxid"),
    make(
      "div",
      { id: "crm-dropdowns-group", classes: "group" },
      make("div", { id: "crm-api-bar" }, make("button", { classes: "btn", text: "Order" })),
      make("div", { id: "crm-frequent-tags-bar" }, make("button", { classes: "btn", text: "Snippets" })),
    ),
    make("div", { id: "crm-actions-group", classes: "group" }),
    make("div", { classes: "spacer" }),
    make("div", { classes: "group right-buttons" }, dropdown("crm-history-dropdown", "History")),
    make(
      "div",
      { id: "crm-settings-group", classes: "group" },
      make("button", { id: "crm-settings-btn", classes: "btn", text: "Settings" }),
    ),
  );
  // Inline, and therefore stronger than any style sheet.
  header.style.zIndex = "9999";
  return header;
};

const belongsHere = () => /contacts|conversations/.test(location.href);

const update = () => {
  const header = document.getElementById("mcp-crm-header");
  if (belongsHere()) {
    if (!header) document.body.prepend(build());
    showPatient();
  } else if (header) {
    header.remove();
    document.body.classList.add("no-header");
  }
};

const value = (name) => document.querySelector(`input[name="contact.${name}"]`)?.value ?? "";

const showPatient = () => {
  const shown = {
    name: `${value("first_name")} ${value("last_name")}`.trim(),
    phone: value("phone"),
    dob: value("date_of_birth"),
    srxid: value("srx_id"),
  };
  for (const [name, text] of Object.entries(shown)) {
    const display = document.getElementById(`${name}-display`);
    if (!display || display.textContent === text) continue;
    const fresh = display.cloneNode(true);
    fresh.firstElementChild.textContent = text;
    display.replaceWith(fresh);
  }
};

if (variant !== "off") {
  let seen = location.href;
  const notice = () => {
    if (location.href === seen) return;
    seen = location.href;
    setTimeout(update, ACTED_ON_AFTER);
  };
  new MutationObserver(notice).observe(document.body, { childList: true, subtree: true });
  setInterval(notice, NOTICED_EVERY);
  document.addEventListener("click", () => {
    for (const open of document.querySelectorAll(".dropdown.show")) open.classList.remove("show");
  });
  update();
}
