import type { Stretch } from "../core/types";
import type { PortLike } from "../messages/sender";
import { type StretchAnswer, toOrder } from "../messages/stretch";
import { type Running, stretchInWorker } from "./stretch-worker";

const DOCUMENT = "offscreen.html";

export interface Stretcher {
  run(job: Stretch, done: (output: Uint8Array | null) => void): Running;
  /** The offscreen document reports for work. */
  accept(port: PortLike): void;
}

/** A service worker cannot make workers: where there are offscreen documents, one of those makes it. */
export function stretcher(): Stretcher {
  return __EVENT_PAGE__ || chrome.offscreen === undefined
    ? { run: stretchInWorker, accept: (port) => port.disconnect() }
    : offscreenStretcher({ open: openDocument, close: closeDocument });
}

export interface OffscreenDoors {
  open(): Promise<void>;
  close(): Promise<void>;
}

/** One document for one job: it opens a port, gets its order, answers, and is closed with all its memory. */
export function offscreenStretcher(doors: OffscreenDoors): Stretcher {
  let current: { job: Stretch; finish(output: Uint8Array | null): void } | null = null;
  let chain: Promise<void> = Promise.resolve();

  function queue(step: () => Promise<void>): Promise<void> {
    const mine = chain.then(step);
    chain = mine.catch(() => undefined);
    return mine;
  }

  return {
    run(job, done) {
      const mine = {
        job,
        finish(output: Uint8Array | null) {
          if (current !== mine) return;
          current = null;
          void queue(doors.close).catch(() => undefined);
          done(output);
        },
      };
      current = mine;
      queue(async () => {
        if (current !== mine) return;
        await doors.close();
        await doors.open();
      }).catch(() => mine.finish(null));
      return {
        cancel() {
          if (current !== mine) return;
          current = null;
          void queue(doors.close).catch(() => undefined);
        },
      };
    },
    accept(port) {
      const mine = current;
      if (mine === null) return port.disconnect();
      port.onMessage.addListener((message) => {
        const { id, output } = message as StretchAnswer;
        if (id === mine.job.id) mine.finish(output === null ? null : new Uint8Array(output));
      });
      port.onDisconnect.addListener(() => mine.finish(null));
      port.postMessage(toOrder(mine.job));
    },
  };
}

async function openDocument(): Promise<void> {
  await chrome.offscreen.createDocument({
    url: DOCUMENT,
    reasons: [chrome.offscreen.Reason.WORKERS],
    justification: "Works on the passphrase (Argon2id) without stopping the connection",
  });
}

/** Also one that an earlier life of the background left behind. */
async function closeDocument(): Promise<void> {
  if (await chrome.offscreen.hasDocument()) await chrome.offscreen.closeDocument();
}
