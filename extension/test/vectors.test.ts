import { readdirSync, readFileSync } from "node:fs";
import { decode } from "@msgpack/msgpack";
import { expect, test } from "vitest";

// Bytes recorded by the Rust side, read by another MessagePack implementation: the format is what it says.
const folder = new URL("../../protocol/vectors/", import.meta.url);

interface Vector {
  name: string;
  bytes_hex?: string;
  json: unknown;
}

const vectors = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .flatMap((file) =>
    (JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Vector[]).map((vector) => ({
      ...vector,
      file,
    })),
  )
  .filter((vector) => vector.bytes_hex !== undefined && vector.json !== undefined);

test("there are vectors", () => {
  expect(vectors.length).toBeGreaterThan(10);
});

test.each(vectors)("$file: $name", ({ bytes_hex = "", json }) => {
  expect(plain(decode(Buffer.from(bytes_hex, "hex")))).toEqual(json);
});

/** As protocol/README.md writes values: byte strings become "hex:...". */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return `hex:${Buffer.from(value).toString("hex")}`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  }
  return value;
}
