import type { Stretch } from "../core/types";

export interface Running {
  cancel(): void;
}

/** Runs one Argon2id in a worker of its own and ends the worker, whose memory then goes back. */
export function stretchInWorker(job: Stretch, done: (output: Uint8Array | null) => void): Running {
  const worker = new Worker("stretch-worker.js", { type: "module" });
  const finish = (output: Uint8Array | null) => {
    worker.terminate();
    done(output);
  };
  worker.onmessage = ({ data }: MessageEvent<Uint8Array | null>) => finish(data);
  worker.onerror = () => finish(null);
  worker.postMessage(job);
  return { cancel: () => worker.terminate() };
}
