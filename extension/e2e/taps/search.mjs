import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** Every form in which a text might lie about: as it is, in other alphabets, in other encodings. */
export function forms(text) {
  const bytes = Buffer.from(text);
  const wide = Buffer.from(text, "utf16le");
  const found = [
    ["UTF-8", bytes],
    ["UTF-16 little-endian", wide],
    ["UTF-16 big-endian", Buffer.from(wide).swap16()],
    ["hex", Buffer.from(bytes.toString("hex"))],
    ["hex, upper case", Buffer.from(bytes.toString("hex").toUpperCase())],
    ["URL", Buffer.from(encodeURIComponent(text))],
    ["URL, form", Buffer.from(new URLSearchParams({ a: text }).toString().slice(2))],
    ["JSON, ASCII", Buffer.from(asciiJson(text))],
  ];
  // What stands before it decides how the bits fall: there are three ways.
  for (const offset of [0, 1, 2]) {
    const base64 = inner(bytes, offset);
    found.push([`base64, offset ${offset}`, Buffer.from(base64)]);
    found.push([
      `base64url, offset ${offset}`,
      Buffer.from(base64.replaceAll("+", "-").replaceAll("/", "_")),
    ]);
  }
  return found;
}

/** In which forms `text` occurs in `bytes`. */
export function formsIn(bytes, text) {
  return forms(text)
    .filter(([, form]) => bytes.includes(form))
    .map(([name]) => name);
}

/** Reads every file below a folder. Sockets and the like hold no bytes of their own. */
export async function filesBelow(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(
    files.map(async (entry) => {
      const path = join(entry.parentPath ?? entry.path, entry.name);
      return { path: path.slice(folder.length + 1), bytes: await readFile(path) };
    }),
  );
}

/** The characters of a base64 text that depend on these bytes alone. */
function inner(bytes, offset) {
  const text = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString("base64")
    .replace(/=+$/, "");
  const from = Math.ceil((offset * 8) / 6);
  const to = Math.floor(((offset + bytes.length) * 8) / 6);
  return text.slice(from, to);
}

function asciiJson(text) {
  return text.replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
