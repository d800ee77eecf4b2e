import { useEffect } from "preact/hooks";
import type { PrintJob, PrintPage } from "../messages/sheet";
import { sheetText } from "../strings/sheet";

/** All pages of a job, each on paper of its own, with a bar above that is not printed. */
export function Sheets({ job, print }: { job: PrintJob; print(): void }) {
  useEffect(() => {
    document.title = job.title;
  }, [job]);
  return (
    <>
      <header class="sheet-bar">
        <p>{sheetText.count(job.pages.length)}</p>
        <button type="button" onClick={print}>
          {sheetText.print}
        </button>
        <p class="after">{sheetText.after}</p>
      </header>
      <main>
        {job.pages.map((page, i) => (
          <Page key={`${i}-${page.heading}`} page={page} />
        ))}
      </main>
    </>
  );
}

function Page({ page }: { page: PrintPage }) {
  return (
    <section class="sheet">
      <h1>{page.heading}</h1>
      {page.intro.map((line) => (
        <p key={line}>{line}</p>
      ))}
      <div class="sheet-body">
        {page.qr !== null && (
          <svg
            class="sheet-qr"
            viewBox={`0 0 ${page.qr.size} ${page.qr.size}`}
            role="img"
            aria-label={sheetText.qr}
          >
            <path d={page.qr.path} />
          </svg>
        )}
        {page.facts.length > 0 && (
          <dl>
            {page.facts.map(({ label, value }) => (
              <div key={label}>
                <dt>{label}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        )}
      </div>
      {page.groups.length > 0 && (
        <ol class="sheet-groups">
          {page.groups.map((group, i) => (
            <li key={`${i}-${group}`}>{group}</li>
          ))}
        </ol>
      )}
      {page.small !== null && <p class="sheet-small">{page.small}</p>}
      {page.notes.map((line) => (
        <p key={line} class="sheet-note">
          {line}
        </p>
      ))}
    </section>
  );
}

export function SheetsGone() {
  return <p class="sheet-gone">{sheetText.gone}</p>;
}
