/** A connection is replaced before the venue ends it, without a gap downstream. */
import { filter } from "rxjs";
import { afterEach, expect, it } from "vitest";
import { rotating } from "../../../src/operators/index.ts";
import { feed } from "../../../src/streams/feeds/index.ts";
import { formatMicro } from "../../../src/types/index.ts";
import { referenceStream } from "../../../src/venue/binance/index.ts";
import { stubSocket } from "../stubSocket.ts";
import { virtualClock, virtualScheduler } from "../../../src/sim/index.ts";
import { PATIENT_SOCKETS, untilIn } from "../../support/patience.ts";

const LIFE_MS = 3_000;

const over: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(over.splice(0).map((end) => end()));
});

it("[K] make before break: connections that the venue would end are replaced without a gap", async () => {
  const scheduler = virtualScheduler();
  const clock = virtualClock(scheduler, 0);
  let connections = 0;
  let cut = 0;
  const stub = await stubSocket((socket, text) => {
    if (text !== "") return;
    connections += 1;
    const price = `${connections}.5`;
    const speak = setInterval(() => {
      const data = { u: 1, s: "BTCUSDT", b: price, B: "1", a: price, A: "1" };
      socket.send(JSON.stringify({ stream: "btcusdt@bookTicker", data }));
    }, 10);
    const end = scheduler.schedule(() => {
      cut += 1;
      socket.close(1001, "24 hours");
    }, LIFE_MS);
    socket.on("close", () => {
      clearInterval(speak);
      end.unsubscribe();
    });
  });
  const stream$ = referenceStream(
    {
      origin: stub.url,
      symbol: "btcusdt",
      onDecodeWarning: () => undefined,
      timing: PATIENT_SOCKETS,
    },
    { clock, scheduler },
  ).pipe(
    rotating(
      {
        everyMs: () => LIFE_MS / 4,
        retryMs: 50,
        isProof: ({ type }) => type === "item",
        isLeaving: ({ type }) => type === "leaving",
      },
      scheduler,
    ),
    filter((link) => link.type !== "leaving"),
  );
  const seen: string[] = [];
  const subscription = feed(
    () => stream$,
    { confirmedBy: "item", reconnect: { minMs: 10, maxMs: 100, jitter: () => 0 } },
    clock,
    scheduler,
  ).subscribe((event) => {
    const word = event.type === "item" ? formatMicro(event.item.price) : event.type;
    if (seen.at(-1) !== word) seen.push(word);
  });
  over.push(
    () => stub.close(),
    () => subscription.unsubscribe(),
  );
  for (const price of ["1.5", "2.5", "3.5", "4.5"]) {
    await untilIn(scheduler, () => seen.includes(price));
    scheduler.runUntil(scheduler.now() + LIFE_MS / 4);
  }

  // One session; each connection has its own price, and no old one comes back.
  expect(seen).toEqual(["restored", "1.5", "2.5", "3.5", "4.5"]);
  expect(cut).toBe(0);
});
