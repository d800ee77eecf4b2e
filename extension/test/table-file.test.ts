import { expect, test } from "vitest";
import { readTable } from "../src/panel/table-file";

const name = "Zoë Müller";
const wide = new Uint8Array([0xff, 0xfe, ...Buffer.from(name, "utf16le")]);
const old = new Uint8Array([...name].map((letter) => letter.charCodeAt(0)));

test.each([
  ["UTF-8", new TextEncoder().encode(name)],
  ["UTF-16 with its mark", wide],
  ["old Windows letters", old],
])("a table in %s is read", async (_letters, bytes) => {
  expect(await readTable(new Blob([bytes]))).toEqual({ text: name, problem: null });
});

test("a workbook is not taken for a table", async () => {
  const workbook = new Blob([new Uint8Array([0x50, 0x4b, 3, 4, 0, 0, 0, 0xff])]);
  expect((await readTable(workbook)).problem?.code).toBe("table_unreadable");
});

test("a file that is far too large is not even read", async () => {
  expect((await readTable(new Blob(["x".repeat(600_000)]))).problem?.code).toBe("table_large");
});
