/** Starts the worker and hands on what it says to the program that opened this page. */
const worker = new Worker(`worker.js${location.search}`, { type: "module" });
// One after the other: the last word must not overtake the results.
let sending = Promise.resolve();

worker.onmessage = ({ data }) => tell(data);
worker.onerror = (event) => tell({ failed: `${event.message} (${event.filename}:${event.lineno})` });

function tell(line) {
  sending = sending.then(() => fetch("/told", { method: "POST", body: JSON.stringify(line) }));
}
