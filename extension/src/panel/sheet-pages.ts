import type { Sheet } from "../core/types";
import type { PrintJob, PrintPage } from "../messages/sheet";
import { officeText } from "../strings/office";
import { roleName, screenText } from "../strings/screens";
import { dateAndTime } from "./when";

/** One sheet of paper for each invited person. */
export function sheetJob(sheets: readonly Sheet[]): PrintJob {
  return { title: officeText.sheetTitle, pages: sheets.map(page) };
}

function page({ name, role, group, office, link, address, code, qr, expiresAt }: Sheet): PrintPage {
  const typed = [
    { label: screenText.address, value: address },
    { label: screenText.code, value: code },
  ];
  return {
    heading: officeText.sheetHeading(name),
    intro: [officeText.sheetIntro],
    facts: [
      { label: officeText.office, value: office },
      { label: screenText.role, value: [roleName[role], group].filter(Boolean).join(", ") },
      // Without a code there is nothing to type.
      ...(code === "" ? [] : typed),
      { label: officeText.validUntil, value: dateAndTime(expiresAt) },
    ],
    groups: [],
    qr,
    small: link,
    notes: [officeText.sheetNote],
  };
}
