import { createHash, randomBytes } from "node:crypto";
import { connect } from "node:net";

/**
 * Frames as they travel. A browser masks what it sends, so a tap that looked at raw bytes alone would be blind
 * on that side.
 */
export function unmasked(stream) {
  const head = stream.indexOf("\r\n\r\n");
  if (head < 0) return { head: stream.toString("latin1"), payloads: Buffer.alloc(0) };
  const payloads = [];
  let at = head + 4;
  while (at + 2 <= stream.length) {
    const masked = (stream[at + 1] & 0x80) !== 0;
    let length = stream[at + 1] & 0x7f;
    at += 2;
    if (length === 126) {
      if (at + 2 > stream.length) break;
      length = stream.readUInt16BE(at);
      at += 2;
    } else if (length === 127) {
      if (at + 8 > stream.length) break;
      length = Number(stream.readBigUInt64BE(at));
      at += 8;
    }
    const mask = masked ? stream.subarray(at, at + 4) : null;
    if (masked) at += 4;
    const payload = Buffer.from(stream.subarray(at, at + length));
    if (mask !== null) for (let i = 0; i < payload.length; i++) payload[i] ^= mask[i & 3];
    payloads.push(payload);
    at += length;
  }
  return { head: stream.subarray(0, head).toString("latin1"), payloads: Buffer.concat(payloads) };
}

/** Sends one binary frame in clear, as a browser would send it, and returns how the other side ended it. */
export async function sendInClear({ port, origin, payload }) {
  const key = randomBytes(16).toString("base64");
  const socket = connect(port, "127.0.0.1");
  const received = [];
  socket.on("data", (bytes) => received.push(bytes));
  const ended = new Promise((resolve, reject) => socket.once("close", resolve).once("error", reject));
  socket.write(
    `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\nOrigin: ${origin}\r\n\r\n`,
  );
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  await new Promise((resolve, reject) => {
    socket.once("data", (bytes) => {
      if (bytes.includes(accept)) resolve();
      else reject(new Error(`no WebSocket there: ${bytes.toString("latin1").split("\r\n")[0]}`));
    });
    socket.once("error", reject);
  });
  const mask = randomBytes(4);
  const body = Buffer.from(payload).map((byte, i) => byte ^ mask[i & 3]);
  const length =
    body.length < 126 ? [0x80 | body.length] : [0x80 | 126, body.length >> 8, body.length & 0xff];
  socket.write(Buffer.concat([Buffer.from([0x82, ...length]), mask, body]));
  await ended;
  return Buffer.concat(received);
}
