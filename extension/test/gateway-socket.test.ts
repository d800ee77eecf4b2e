import { beforeEach, expect, test, vi } from "vitest";
import { GatewaySocket } from "../src/background/gateway-socket";

const OPEN = 1;
const CLOSING = 2;

class FakeSocket {
  binaryType = "";
  readyState = OPEN;
  bufferedAmount = 0;
  sent: unknown[] = [];
  closed = false;
  onopen = () => {};
  onmessage = (_event: { data: unknown }) => {};
  onclose = (_event: { code: number }) => {};
  send = (frame: unknown) => void this.sent.push(frame);
  close = () => {
    this.closed = true;
  };
}

let heard: string[];
let made: FakeSocket[];
let socket: GatewaySocket;

beforeEach(() => {
  vi.stubGlobal("WebSocket", { OPEN, CLOSING });
  heard = [];
  made = [];
  socket = new GatewaySocket(
    {
      opened: () => heard.push("opened"),
      message: (frame) => heard.push(`message ${frame.length}`),
      closed: (code) => heard.push(`closed ${code}`),
    },
    (url) => {
      if (url === "bad") throw new SyntaxError();
      const fake = new FakeSocket();
      made.push(fake);
      return fake as unknown as WebSocket;
    },
  );
});

function connected(): FakeSocket {
  socket.connect("ws://relay");
  const fake = made.at(-1) as FakeSocket;
  fake.onopen();
  return fake;
}

test("binary frames arrive, in arrays", () => {
  const fake = connected();
  fake.onmessage({ data: new ArrayBuffer(3) });
  expect(fake.binaryType).toBe("arraybuffer");
  expect(heard).toEqual(["opened", "message 3"]);
});

test("a second connect closes the first, whose events are not heard any more", () => {
  const first = connected();
  connected();
  first.onmessage({ data: new ArrayBuffer(1) });
  first.onclose({ code: 1006 });
  expect(first.closed).toBe(true);
  expect(heard).toEqual(["opened", "opened"]);
});

test("a close that the core asked for is not reported back", () => {
  const fake = connected();
  socket.close();
  fake.onclose({ code: 1005 });
  expect(heard).toEqual(["opened"]);
});

test("text instead of binary ends the connection", () => {
  const fake = connected();
  fake.onmessage({ data: "<html>" });
  expect(fake.closed).toBe(true);
  expect(heard.at(-1)).toBe("closed 1003");
});

test("an address that the browser refuses is reported as closed", () => {
  socket.connect("bad");
  expect(heard).toEqual(["closed 1006"]);
});

test("a gateway that does not read is given up", () => {
  const fake = connected();
  fake.bufferedAmount = 9 * 1024 * 1024;
  socket.send([new Uint8Array(1)]);
  expect(fake.sent).toEqual([]);
  expect(heard.at(-1)).toBe("closed 1006");
});

test("frames for a socket that is gone are dropped", () => {
  const fake = connected();
  fake.readyState = CLOSING;
  socket.send([new Uint8Array(1)]);
  expect(fake.sent).toEqual([]);
});
