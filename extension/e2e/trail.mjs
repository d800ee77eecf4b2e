import { until } from "./wait.mjs";

/** Records as the auditor gets them for a spreadsheet, by the names of the columns. The people here have no commas in their names. */
export async function trail(office, ...args) {
  const [head, ...lines] = (await office.audit("--format", "csv", ...args)).trim().split("\n");
  const columns = head.split(",");
  return lines.map((line) => {
    const cells = line.split(",");
    return Object.fromEntries(columns.map((column, i) => [column, cells[i]]));
  });
}

/**
 * Waits until the trail holds just these acts of their kinds, in whatever order: each as `"person.join Ana Rivera"`, with
 * `" failed"` behind it where it was refused. Of other kinds it may hold anything.
 */
export async function holdsActs(office, wanted) {
  const kinds = [...new Set(wanted.map((act) => act.split(" ")[0]))].flatMap((kind) => ["--kind", kind]);
  const acts = async () => {
    const records = await trail(office, ...kinds);
    return records.map(({ kind, actor_name, outcome }) =>
      [kind, actor_name, outcome === "success" ? "" : "failed"].filter(Boolean).join(" "),
    );
  };
  const inOrder = JSON.stringify([...wanted].sort());
  await until(
    `just these acts in the audit trail: ${inOrder}`,
    async () => JSON.stringify((await acts()).sort()) === inOrder,
    { seen: acts },
  );
}
