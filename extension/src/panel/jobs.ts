import { useEffect, useRef, useState } from "preact/hooks";
import type { Job, JobId, Problem, View } from "../core/types";
import type { Backend } from "./backend";
import type { Act, Guard } from "./guard";

export interface Task {
  /** Between the click and the outcome. */
  working: boolean;
  /** The outcome, or why it could not even begin. */
  job: Job | null;
  problem: Problem | null;
  /** Begins; `begin` gets the id for the command. A former job of this place is forgotten. */
  start: Act<[begin: Act<[job: JobId]>]>;
}

/** A CRM page without TLS is no secure context, nor is our frame in it: `crypto.randomUUID` is missing there. */
function newJobId(): JobId {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");
}

const LOST: Problem = { code: "lost_job", message: "" };

/** One thing at a time that this place of the screen has asked for; its job is forgotten when the place goes. */
export function useJob(backend: Backend, view: View, guard: Guard = (act) => act): Task {
  const [id, setId] = useState<JobId | null>(null);
  const [refused, setRefused] = useState<Problem | null>(null);
  const current = useRef<JobId | null>(null);
  const [seen, setSeen] = useState<JobId | null>(null);
  const job = view.jobs.find((one) => one.id === id) ?? null;
  const here = job !== null;
  // Jobs live in the background's memory: one that was there and is gone went with it.
  const lost = id !== null && !here && seen === id;

  useEffect(() => {
    if (here) setSeen(id);
  }, [here, id]);

  useEffect(
    () => () => {
      if (current.current !== null) void backend.do("forgetJob", current.current);
    },
    [backend],
  );

  async function start(begin: Act<[job: JobId]>): Promise<Problem | null> {
    if (current.current !== null) void backend.do("forgetJob", current.current);
    const next = newJobId();
    current.current = next;
    setRefused(null);
    setId(next);
    const problem = await guard(begin)(next);
    if (problem !== null && current.current === next) {
      current.current = null;
      setId(null);
      setRefused(problem);
    }
    return problem;
  }

  return {
    working: id !== null && !lost && (job === null || job.state === "working"),
    job,
    problem: refused ?? job?.problem ?? (lost ? LOST : null),
    start,
  };
}

/** Runs acts that are done when they are answered; the answer of the last one, if it was a refusal, stays to be shown. */
export function useAct(guard: Guard): [problem: Problem | null, run: Act<[act: Act]>] {
  const [problem, setProblem] = useState<Problem | null>(null);
  async function run(act: Act): Promise<Problem | null> {
    const refused = await guard(act)();
    setProblem(refused);
    return refused;
  }
  return [problem, run];
}
