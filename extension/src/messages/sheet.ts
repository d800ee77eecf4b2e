import type { Qr } from "../core/types";
import { type Check, list, orNull, pattern, shape, text, whole } from "./checks";

/** Port on which a print page fetches what it shows. */
export const SHEET_PORT = "sheet";

/** One sheet of paper, laid out by `sheet.html`: a kit, an invite, a code for a workstation. */
export interface PrintPage {
  heading: string;
  /** Paragraphs above and below the rest. */
  intro: string[];
  /** Short facts, each with its label: name, address, code, valid until... */
  facts: { label: string; value: string }[];
  /** A long code in groups, set large and monospaced; `[]` for none. */
  groups: string[];
  qr: Qr | null;
  /** Long text such as a link, set small. */
  small: string | null;
  notes: string[];
}

/** What is printed at once; each page begins a new sheet of paper. */
export interface PrintJob {
  title: string;
  pages: PrintPage[];
}

const line = text(1024, 0);
const long = text(8192, 0);
const qr: Check<Qr> = shape<Qr>({ size: whole(1000), path: pattern(/^[MmHhVvLlZz0-9 .,-]{0,200000}$/) });
const page = shape<PrintPage>({
  heading: line,
  intro: list(10, line),
  facts: list(20, shape<{ label: string; value: string }>({ label: line, value: long })),
  groups: list(200, line),
  qr: orNull(qr),
  small: orNull(long),
  notes: list(10, line),
});

export const isPrintJob: Check<PrintJob> = shape<PrintJob>({ title: line, pages: list(2000, page) });
