import { useState } from "preact/hooks";
import type { Job, Problem, Sheet } from "../core/types";
import { officeText } from "../strings/office";
import { roleName, screenText } from "../strings/screens";
import type { Backend } from "./backend";
import { CopyField } from "./copy-field";
import { Outcome } from "./outcome";
import { QrPicture } from "./qr-picture";
import { Screen } from "./screen";
import { sheetJob } from "./sheet-pages";
import { dateAndTime } from "./when";

/** What a job has brought to hand out, if that is what it brought. */
export function sheetsOf(job: Job | null): readonly Sheet[] | null {
  return job?.result?.kind === "sheets" ? job.result.sheets : null;
}

/** Invites that were just made: to print, to copy, to be photographed from the screen. Nobody can show them again. */
export function Sheets(props: { backend: Backend; sheets: readonly Sheet[]; back(): void }) {
  const { backend, sheets, back } = props;
  return (
    <Screen key="sheets" title={officeText.sheets(sheets.length)} back={back}>
      <SheetCards backend={backend} sheets={sheets} />
      <button type="button" class="quiet" onClick={back}>
        {screenText.done}
      </button>
    </Screen>
  );
}

export function SheetCards({ backend, sheets }: { backend: Backend; sheets: readonly Sheet[] }) {
  const [problem, setProblem] = useState<Problem | null>(null);
  return (
    <>
      <p>{officeText.sheetsMore}</p>
      <button
        type="button"
        class="primary"
        onClick={async () => setProblem(await backend.print(sheetJob(sheets)))}
      >
        {officeText.printSheets(sheets.length)}
      </button>
      <Outcome problem={problem} />
      {sheets.map((sheet) => (
        <SheetCard key={sheet.link} sheet={sheet} open={sheets.length === 1} />
      ))}
    </>
  );
}

function SheetCard({ sheet, open }: { sheet: Sheet; open: boolean }) {
  const { name, role, group, address, code, link, qr, expiresAt } = sheet;
  return (
    <details class="sheet-card" open={open}>
      <summary>
        <strong>{name}</strong>{" "}
        <span class="soft">{[roleName[role], group].filter(Boolean).join(" · ")}</span>
      </summary>
      <dl class="facts">
        {code !== "" && (
          <>
            <div>
              <dt>{screenText.address}</dt>
              <dd>{address}</dd>
            </div>
            <div>
              <dt>{screenText.code}</dt>
              <dd class="code">{code}</dd>
            </div>
          </>
        )}
        <div>
          <dt>{officeText.validUntil}</dt>
          <dd>{dateAndTime(expiresAt)}</dd>
        </div>
      </dl>
      {code === "" && <p class="soft">{officeText.noCode}</p>}
      <CopyField label={screenText.link} value={link} />
      <QrPicture qr={qr} label={screenText.qr} />
    </details>
  );
}
