/** Visible and spoken text of the button in the CRM page. English; other languages get a file beside it. */
export const pageText = {
  chat: "Chat",
  outdated: "Chat was updated. Reload this page to use it.",
  button(unread: number): string {
    if (unread === 0) return "Chat";
    return `Chat, ${unread} unread ${unread === 1 ? "message" : "messages"}`;
  },
};
