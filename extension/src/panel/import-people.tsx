import { useRef, useState } from "preact/hooks";
import type { ImportedPeople, Problem } from "../core/types";
import { officeText } from "../strings/office";
import { roleName, screenText } from "../strings/screens";
import { EntryForm } from "./entry-form";
import { Icon } from "./icons";
import { useJob } from "./jobs";
import { Outcome } from "./outcome";
import { ttlField } from "./person-fields";
import { Screen, type ScreenProps } from "./screen";
import { Sheets, sheetsOf } from "./sheets";
import { readTable } from "./table-file";

/** Invites everybody in a table, or nobody: while one row is wrong, nothing is sent. */
export function ImportPeople({ backend, view, guard, pages }: ScreenProps) {
  const task = useJob(backend, view, guard);
  const table = useRef<HTMLTextAreaElement>(null);
  const [read, setRead] = useState<ImportedPeople | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const sheets = sheetsOf(task.job);
  if (sheets !== null) return <Sheets backend={backend} sheets={sheets} back={pages.back} />;

  async function look(): Promise<void> {
    const answer = await backend.ask("readPeople", table.current?.value ?? "");
    setProblem(answer.problem);
    setRead(answer.value);
  }

  async function take(file: File | undefined): Promise<void> {
    if (file === undefined || table.current === null) return;
    const { text, problem: refused } = await readTable(file);
    setProblem(refused);
    setRead(null);
    if (text === null) return;
    table.current.value = text;
    await look();
  }

  const clean = read !== null && read.errors.length === 0 && read.people.length > 0;
  return (
    <Screen title={officeText.import} back={pages.back}>
      <p>{officeText.importIntro}</p>
      <div class="entry-field">
        <label for="table-file">{officeText.file}</label>
        <input
          type="file"
          id="table-file"
          accept=".csv,.tsv,.txt,text/csv,text/plain"
          onChange={(event) => void take(event.currentTarget.files?.[0])}
        />
      </div>
      <div class="entry-field">
        <label for="table-text">{officeText.paste}</label>
        {/* What was looked at is what is sent: any change asks for another look. */}
        <textarea id="table-text" ref={table} rows={5} spellcheck={false} onInput={() => setRead(null)} />
      </div>
      <button type="button" class="quiet" onClick={look}>
        {officeText.look}
      </button>
      <Outcome
        problem={problem}
        status={task.working ? officeText.inviting : read !== null && summary(read)}
      />
      {read !== null && <BadRows read={read} />}
      {read !== null && read.people.length > 0 && <Rows read={read} />}
      <EntryForm
        fields={[ttlField]}
        button={officeText.inviteAll(clean ? read.people.length : 0)}
        busy={!clean || task.working}
        problem={task.problem}
        submit={async (ttl) => {
          if (!clean) return null;
          return task.start((job) => backend.do("invite", read.people, Number(ttl), job));
        }}
      />
    </Screen>
  );
}

function summary({ people, errors }: ImportedPeople): string {
  return errors.length > 0 ? officeText.badRows(errors.length) : officeText.preview(people.length);
}

function BadRows({ read }: { read: ImportedPeople }) {
  if (read.errors.length === 0) return null;
  return (
    <section class="bad-rows" aria-label={officeText.badRows(read.errors.length)}>
      <ul>
        {read.errors.map(({ row, message }) => (
          <li key={`${row} ${message}`}>
            <Icon name="alert" />
            {officeText.badRow(row, message)}
          </li>
        ))}
      </ul>
      <p>{officeText.mendFirst}</p>
    </section>
  );
}

function Rows({ read }: { read: ImportedPeople }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section class="table-frame" tabIndex={0} aria-label={officeText.preview(read.people.length)}>
      <table>
        <thead>
          <tr>
            {officeText.columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {read.people.map(({ name, role, group }) => (
            <tr key={name}>
              <td>{name}</td>
              <td>{roleName[role]}</td>
              <td>{group ?? screenText.noGroup}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
