import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";

const source = (path: string) => readFile(new URL(`../${path}`, import.meta.url), "utf8");

/** Everything of TypeScript that we write ourselves, by its path in src. */
async function scripts(): Promise<Map<string, string>> {
  const names = await readdir(new URL("../src", import.meta.url), { recursive: true });
  const ours = names.filter((name) => /\.tsx?$/.test(name) && !name.startsWith("core/pkg/")).sort();
  return new Map(await Promise.all(ours.map(async (name) => [name, await source(`src/${name}`)] as const)));
}

/** Sealed records, what goes over the socket, and Argon2id's input and output on their way between Rust and Rust. */
test("bytes pass between Rust and TypeScript in these places and no other", async () => {
  const declared = await source("core/src/wasm/types.rs");
  const lines = declared.split("\n").filter((line) => line.includes("Uint8Array") && !line.includes("*"));
  const places = lines.map((line) => line.trim().replace(/^export /, ""));
  expect(places).toEqual([
    "interface StoredRecord { key: string; value: Uint8Array }",
    "interface Write { key: string; value: Uint8Array | null }",
    "outgoing: Uint8Array[];",
    "id: number; input: Uint8Array; salt: Uint8Array; memoryKib: number; passes: number; length: number;",
    "function stretch(input: Uint8Array, salt: Uint8Array, memoryKib: number, passes: number, length: number): Uint8Array;",
    "socketMessage(bytes: Uint8Array, nowMs: number): Effects;",
    "stretched(id: number, output: Uint8Array, nowMs: number): Effects;",
  ]);
});

test("TypeScript computes nothing with a secret: of the browser's cryptography it uses random numbers alone", async () => {
  const used = new Map<string, string[]>();
  for (const [name, text] of await scripts()) {
    const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    const calls = code.match(/\bcrypto\.\w+|\bsubtle\b|\btimingSafeEqual\b/g) ?? [];
    if (calls.length > 0) used.set(name, calls);
  }
  expect(Object.fromEntries(used)).toEqual({
    "background/panel-tokens.ts": ["crypto.getRandomValues"],
    "background/print-jobs.ts": ["crypto.randomUUID"],
    "panel/jobs.ts": ["crypto.getRandomValues"],
  });
});

test("no library is bundled but the one that draws the panel", async () => {
  const texts = [...(await scripts()).values()];
  const imported = texts.flatMap((text) => [
    ...text.matchAll(/(?:\bfrom |^import |\bimport\()"([^"\n.][^"\n]*)"/gm),
  ]);
  expect([...new Set(imported.map(([, name]) => name?.split("/")[0]))]).toEqual(["preact"]);
});
