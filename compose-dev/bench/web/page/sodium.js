import sodium from "libsodium-wrappers";
import { now } from "./samples.js";

export const ready = sodium.ready;

/** libsodium's own JavaScript build: one `crypto_box_easy` of the whole payload a device. No ratchet. */
export class Boxes {
  constructor(samples, devices) {
    this.samples = samples;
    this.sender = sodium.crypto_box_keypair();
    this.recipients = Array.from({ length: devices }, () => sodium.crypto_box_keypair());
  }

  round(bytes) {
    const payload = new Uint8Array(bytes).fill(7);
    const { sender, recipients, samples } = this;
    // The clock is too coarse for one box.
    const times = Math.max(1, Math.ceil(16 / recipients.length));
    let sealed = [];
    let began = now();
    for (let time = 0; time < times; time += 1) {
      sealed = recipients.map(({ publicKey }) => {
        const nonce = sodium.randombytes_buf(sodium.crypto_box_NONCEBYTES);
        return { nonce, box: sodium.crypto_box_easy(payload, nonce, publicKey, sender.privateKey) };
      });
    }
    samples.add("libsodium/seal", (now() - began) / times);
    began = now();
    for (let time = 0; time < times; time += 1) {
      for (const [index, { nonce, box }] of sealed.entries()) {
        sodium.crypto_box_open_easy(box, nonce, sender.publicKey, recipients[index].privateKey);
      }
    }
    samples.add("libsodium/open", (now() - began) / times / recipients.length);
  }
}
