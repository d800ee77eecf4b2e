import { render } from "preact";
import { connectPort } from "../platform/runtime";
import { text } from "../strings/panel";
import { App } from "./app";
import { entrance, surroundings } from "./gate";
import { PortBackend } from "./port-backend";
import { Sight } from "./sight";

const way = entrance(surroundings());
const root = document.getElementById("app");
if (root !== null && way.kind !== "shut") {
  const framed = way.kind === "frame";
  const sight = new Sight();
  sight.watch(root, framed);
  const backend = new PortBackend(framed ? way.token : null, connectPort);
  backend.start();
  document.title = text.product;
  render(<App backend={backend} sight={sight} framed={framed} />, root);
}
