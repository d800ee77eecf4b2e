/**
 * Pictures of the panel's states with made-up people, and an accessibility check of each, without a gateway.
 *
 *   node preview/shots.mjs [FOLDER]     default: dist/preview
 */
import { mkdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import axe from "axe-core";
import * as esbuild from "esbuild";
import { chromium } from "playwright-core";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const out = process.argv[2] ?? here("../dist/preview");
const IN_TALK = new Set([
  ...["talk", "hidden", "reconnecting", "offline", "odd", "newTalk", "roomTalk", "room", "blocked"],
  ...["personVerify", "personVerified", "compareAsked", "compareWaiting", "compareEmoji", "compareMatched"],
  ...["compareDiffers", "compareBroken"],
]);
const SIZES = { panel: [380, 668], narrow: [320, 568], wide: [960, 640] };

await mkdir(out, { recursive: true });
const options = { bundle: true, write: false, format: "esm", jsx: "automatic", jsxImportSource: "preact" };
const bundle = async (path, more) =>
  (await esbuild.build({ ...options, entryPoints: [here(path)], ...more })).outputFiles[0].text;
const files = {
  "/panel.js": ["text/javascript", await bundle("panel.tsx", { define: { __DEV_HOSTS__: "true" } })],
  "/panel.css": ["text/css", await bundle("../src/panel/panel.css", {})],
  "/": ["text/html", await readFile(here("../src/panel/panel.html"), "utf8")],
};
const server = createServer((request, response) => {
  const file = files[new URL(request.url, "http://localhost").pathname];
  response.writeHead(file ? 200 : 404, { "content-type": `${file?.[0] ?? "text/plain"}; charset=utf-8` });
  response.end(file?.[1] ?? "");
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const address = `http://127.0.0.1:${server.address().port}/`;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
let found = 0;
for (const colorScheme of ["light", "dark"]) {
  for (const [size, [width, height]] of Object.entries(SIZES)) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme, reducedMotion: "reduce" });
    page.on("pageerror", (error) => console.error(`${error}`));
    await page.goto(address);
    const scenes = await page.evaluate("window.sceneNames");
    for (const scene of scenes) {
      await page.goto(`${address}?scene=${scene}`);
      if (IN_TALK.has(scene)) await page.click(".person");
      if (scene === "hidden") await page.click("[aria-label='Hide chat from view']");
      // Before that the panel trusts no click.
      await page.waitForFunction("performance.now() > 450");
      for (const step of await page.evaluate("window.sceneSteps")) {
        if (typeof step !== "string") await page.getByLabel(step.fill, { exact: true }).fill(step.with);
        else if (step === "Compare by text") await page.getByText(step).first().click();
        else await page.getByRole("button", { name: step }).click();
      }
      await page.mouse.move(0, 0);
      await page.screenshot({ path: `${out}/${scene}-${size}-${colorScheme}.png` });
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate(
        "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] })",
      );
      for (const { id, nodes } of violations) {
        found += 1;
        console.error(
          `${scene} ${size} ${colorScheme}: ${id}: ${nodes.map((node) => `${node.html} ${node.any.map((a) => a.message)}`).join("\n  ")}`,
        );
      }
    }
    await page.close();
  }
}
await browser.close();
server.close();
console.log(`pictures in ${out}; ${found} accessibility findings`);
process.exitCode = found === 0 ? 0 : 1;
