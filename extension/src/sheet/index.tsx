import { render } from "preact";
import { isPrintJob, SHEET_PORT } from "../messages/sheet";
import { connectPort } from "../platform/runtime";
import { Sheets, SheetsGone } from "./sheets";

// The print page. Its content comes once, through the background, under the one-time number in the address; the
// address is cleaned at once, and reloading shows nothing.
const root = document.getElementById("app");
const number = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
if (root !== null && window.top === window && window.opener === null) {
  const port = connectPort(SHEET_PORT);
  port.onMessage.addListener((job) => {
    port.disconnect();
    render(isPrintJob(job) ? <Sheets job={job} print={() => window.print()} /> : <SheetsGone />, root);
  });
  port.postMessage(number);
  // Not into the browser's page cache with secrets on it.
  window.addEventListener("pagehide", () => render(null, root));
}
