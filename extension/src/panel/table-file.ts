import type { Problem } from "../core/types";

/** As much as the core looks at. */
const MOST_BYTES = 256 * 1024;

export type Table = { text: string; problem: null } | { text: null; problem: Problem };

/** Reads a table as spreadsheets save it: UTF-8, UTF-16 with its mark, or the old Windows letters. */
export async function readTable(file: Blob): Promise<Table> {
  if (file.size > 2 * MOST_BYTES) return refused("table_large");
  const bytes = new Uint8Array(await file.arrayBuffer());
  const text = decode(bytes);
  // A workbook instead of a table, most likely.
  if (text === null || text.includes("\0")) return refused("table_unreadable");
  return { text, problem: null };
}

function decode(bytes: Uint8Array): string | null {
  const wide = bytes[0] === 0xff && bytes[1] === 0xfe;
  for (const letters of wide ? ["utf-16le"] : ["utf-8", "windows-1252"]) {
    try {
      return new TextDecoder(letters, { fatal: true }).decode(bytes);
    } catch {
      // Not these letters.
    }
  }
  return null;
}

function refused(code: string): Table {
  return { text: null, problem: { code, message: "" } };
}
