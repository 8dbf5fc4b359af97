/** The price socket: its frames, and the connection against servers on loopback. */
import { afterEach, describe, expect, it } from "vitest";
import { parseReferencePrice } from "../../../src/types/index.ts";
import {
  type DecodeWarning,
  decodePriceFrame,
  fixedCredentials,
  parseCredentials,
  priceStream,
} from "../../../src/venue/polymarket/index.ts";
import { type SocketHandler, type StubSocket, stubSocket } from "../stubSocket.ts";
import { fixture } from "./support.ts";
import { systemClock, systemScheduler } from "../../../src/runtimes/system.ts";
import { virtualClock, virtualScheduler } from "../../../src/sim/index.ts";
import type { Time } from "../../../src/venue/index.ts";
import { PATIENT_SOCKETS, until, untilIn } from "../../support/patience.ts";

const frame = (name: string): string => fixture("price", name);
const twap = (changes: object): string => {
  const wire = JSON.parse(frame("twap.json")) as { payload: object };
  return JSON.stringify({ ...wire, payload: { ...wire.payload, ...changes } });
};

describe("a frame", () => {
  it("of a twap gives the exact price at the end of its minute", () => {
    expect(decodePriceFrame(frame("twap.json"), "btcusd")).toEqual({
      type: "price",
      item: { at: 1_795_305_600_000, mean: parseReferencePrice("64209.87") },
    });
    const long = { value: 64_209.123457, full_accuracy_value: "64209.123456789" };
    expect(decodePriceFrame(twap(long), "btcusd")).toMatchObject({
      item: { mean: parseReferencePrice("64209.123456") },
    });
  });

  it("whose two numbers are different prices is garbled: elsewhere the venue scales one of them", () => {
    for (const text of [
      frame("twap_scaled.json"),
      twap({ full_accuracy_value: "64209.90" }),
      twap({ full_accuracy_value: "" }),
    ]) {
      expect(decodePriceFrame(text, "btcusd")).toMatchObject({
        type: "notUnderstood",
        warning: { type: "garbled" },
      });
    }
  });

  it.each([
    ["spot.json", frame("spot.json")],
    ["another symbol", twap({ symbol: "ethusd" })],
    ["another window", twap({ window_seconds: 30 })],
    ["our own subscription", frame("subscribe.json")],
    ["our own authentication", frame("auth.json")],
  ])("of another kind is unknown: %s", (_, text) => {
    expect(decodePriceFrame(text, "btcusd")).toMatchObject({
      type: "notUnderstood",
      warning: { type: "unknown" },
    });
  });

  it("in answer to ours says whether it was accepted", () => {
    expect(decodePriceFrame(frame("authed.json"), "btcusd")).toEqual({ type: "authed" });
    expect(decodePriceFrame(frame("subscribed.json"), "btcusd")).toEqual({ type: "subscribed" });
    expect(decodePriceFrame(frame("error.json"), "btcusd")).toEqual({
      type: "refused",
      code: "bad_filter",
    });
  });
});

const credentials =
  parseCredentials({ key: "id", secret: "c2VjcmV0", passphrase: "phrase" }) ??
  expect.unreachable("no credentials");

const open: { close: () => Promise<void> }[] = [];
const leave: (() => void)[] = [];
afterEach(async () => {
  for (const each of leave.splice(0)) each();
  await Promise.all(open.splice(0).map((each) => each.close()));
});

async function watched(
  answer: SocketHandler,
  time: Time = { clock: systemClock, scheduler: systemScheduler },
): Promise<{ seen: unknown[]; warnings: DecodeWarning[]; server: StubSocket }> {
  const server = await stubSocket(answer);
  open.push(server);
  const seen: unknown[] = [];
  const warnings: DecodeWarning[] = [];
  const subscription = priceStream(
    {
      url: server.url,
      symbol: "btcusd",
      credentials: fixedCredentials(credentials),
      onDecodeWarning: (warning) => warnings.push(warning),
      timing: PATIENT_SOCKETS,
    },
    time,
  ).subscribe({
    next: (link) => seen.push(link.type === "item" ? link.item : link.type),
    error: (error: unknown) => seen.push(String(error)),
  });
  leave.push(() => subscription.unsubscribe());
  return { seen, warnings, server };
}

describe("priceStream", () => {
  it("authenticates, then subscribes, opens with the answer to that, then emits prices", async () => {
    const { seen, warnings, server } = await watched((socket, text) => {
      if (text.includes('"auth"')) socket.send(frame("authed.json"));
      if (text.includes('"subscribe"')) {
        for (const name of ["subscribed.json", "twap.json", "spot.json"]) socket.send(frame(name));
      }
    });
    await until(() => warnings.length > 0);

    expect(server.received.map((text) => JSON.parse(text) as unknown)).toEqual([
      {
        op: "auth",
        rid: "1",
        auth: { apiKey: "id", secret: "c2VjcmV0", passphrase: "phrase" },
      },
      JSON.parse(frame("subscribe.json")),
    ]);
    expect(seen).toEqual([
      "opened",
      { at: 1_795_305_600_000, mean: parseReferencePrice("64209.87") },
    ]);
    expect(warnings).toMatchObject([{ type: "unknown" }]);
  });

  it("ends with the error code where it is refused", async () => {
    const { seen } = await watched((socket, text) => {
      if (text !== "") socket.send('{"op":"error","code":"auth_failed"}');
    });
    await until(() => seen.length > 0);
    expect(seen).toEqual(["Error: the price socket refused: auth_failed"]);
  });

  it("ends where it is open but not answered", async () => {
    const scheduler = virtualScheduler();
    const time = { clock: virtualClock(scheduler, 0), scheduler };
    const { seen, server } = await watched(() => undefined, time);
    await untilIn(scheduler, () => server.received.length > 0);
    const { openMs } = PATIENT_SOCKETS;
    scheduler.runUntil(openMs);
    expect(seen).toEqual([expect.stringContaining(`not answered in ${openMs} ms`)]);
  });
});
