/**
 * Frames of the user channel say what the schemas say of them, and prices what arithmetic says. Frames
 * with errors in them, 20 for each of TANDEM_RUNS.
 */
import { describe, expect, it } from "vitest";
import { random } from "../../../src/sim/index.ts";
import { isRecord } from "../../../src/types/index.ts";
import { price } from "../../../src/venue/polymarket/decode/decodeUnits.ts";
import { decodeUserFrame, wire } from "../../../src/venue/polymarket/index.ts";
import { RUNS } from "../../support/builders.ts";
import { mutated } from "../mutated.ts";
import { ACCOUNT, MARKET, fixture, fixtureNames } from "./support.ts";

const FRAMES = RUNS * 20;
const TEXTS = fixtureNames("user")
  .filter((name) => name.endsWith(".json"))
  .map((name) => fixture("user", name));

const decode = (text: string) => decodeUserFrame(text, MARKET, ACCOUNT);

/** The one message of a frame as its whole schema reads it; null where it is none of the two kinds. */
function bySchema(text: string) {
  try {
    const message: unknown = JSON.parse(text);
    if (!isRecord(message)) return null;
    const { event_type: kind } = message;
    if (kind === "order") return { data: wire.userOrderWire.safeParse(message).data };
    return kind === "trade" ? { data: wire.userTradeWire.safeParse(message).data } : null;
  } catch {
    return null;
  }
}

describe("a frame of the user channel", () => {
  it("is read as its whole schema reads it, with errors in it too", () => {
    const chance = random(1).fork("user frames");
    let read = 0;
    let refused = 0;
    for (let n = 0; n < FRAMES; n += 1) {
      const text = mutated(chance.pick(TEXTS as [string, ...string[]]), chance);
      const expected = bySchema(text);
      if (expected === null) continue;
      const { items, warnings } = decode(text);
      const normal = expected.data && decode(JSON.stringify(expected.data));
      const types = (normal?.warnings ?? [{ type: "garbled" }]).map(({ type }) => type);
      expect([text, items]).toEqual([text, normal?.items ?? []]);
      expect([text, warnings.map(({ type }) => type)]).toEqual([text, types]);
      if (normal === undefined) refused += 1;
      else read += 1;
    }
    // The test proves nothing if everything is refused, or everything read.
    expect(read).toBeGreaterThan(FRAMES / 20);
    expect(refused).toBeGreaterThan(FRAMES / 200);
  });

  it("has prices in whole basis points, to the nearest millionth", () => {
    const chance = random(1).fork("prices");
    for (let n = 0; n < FRAMES; n += 1) {
      const length = chance.pick([1, 2, 3, 4, 5, 6, 7, 8, 9]);
      const digits = Array.from({ length }, () => chance.pick(["0", "0", "4", "9"]));
      const text = `${chance.pick(["", "0", "00", "1"])}.${digits.join("")}`;
      const millionths = Math.round(Number(text) * 1_000_000);
      const isPrice = millionths % 100 === 0 && millionths > 0 && millionths < 1_000_000;

      expect([text, price(text)]).toEqual([text, isPrice ? millionths / 100 : null]);
    }
  });
});
