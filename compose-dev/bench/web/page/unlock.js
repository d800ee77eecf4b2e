import { Device } from "./device.js";
import { now } from "./samples.js";

const PASSPHRASE = "three brown trays by the window";

/** Locks and unlocks a device in an office of so many, with Argon2id in the product's own worker. */
export class Unlocking {
  constructor(samples, office) {
    this.samples = samples;
    this.office = office;
  }

  async begin() {
    this.device = Device.join(this.office);
    this.device.turn((core, at) => core.setPassphrase(PASSPHRASE, "set", at));
    for (;;) {
      this.device.settle(this.office);
      const job = this.device.takeStretch();
      if (job === null) break;
      const output = await stretchInWorker(job);
      this.device.turn((core, at) => core.stretched(job.id, output, at));
    }
    const job = this.device.core.view().jobs.find(({ id }) => id === "set");
    if (job?.state !== "done") throw new Error(`the passphrase is not set: ${JSON.stringify(job)}`);
  }

  /** From the passphrase to an open core that connects. */
  async round() {
    const { device, samples } = this;
    device.turn((core, at) => core.lock(at));
    if (device.core.view().stage !== "locked") throw new Error("it does not lock");
    const began = now();
    device.turn((core, at) => core.unlock(PASSPHRASE, at));
    const job = device.takeStretch();
    const stretching = now();
    const output = await stretchInWorker(job);
    samples.add("unlock/stretch", now() - stretching);
    device.turn((core, at) => core.stretched(job.id, output, at));
    samples.add("unlock/whole", now() - began);
    if (device.core.view().stage !== "member") throw new Error("it does not unlock");
    device.settle(this.office);
  }

  close() {
    this.device.close();
    this.office.free();
  }
}

/** As `platform/stretch-worker.ts` does. */
function stretchInWorker(job) {
  return new Promise((resolve, reject) => {
    const worker = new Worker("/product/stretch-worker.js", { type: "module" });
    worker.onerror = () => reject(new Error("the stretching worker failed"));
    worker.onmessage = ({ data }) => {
      worker.terminate();
      if (data === null) reject(new Error("the passphrase could not be stretched"));
      else resolve(data);
    };
    worker.postMessage(job);
  });
}
