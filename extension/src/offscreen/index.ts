import { fromOrder, STRETCH_PORT, type StretchAnswer, type StretchOrder } from "../messages/stretch";
import { connectPort } from "../platform/runtime";
import { stretchInWorker } from "../platform/stretch-worker";

// Chromium's offscreen document: takes one order from the background and answers it.
const port = connectPort(STRETCH_PORT);
port.onMessage.addListener((message) => {
  const order = message as StretchOrder;
  stretchInWorker(fromOrder(order), (output) => {
    const answer: StretchAnswer = { id: order.id, output: output && Array.from(output) };
    port.postMessage(answer);
  });
});
