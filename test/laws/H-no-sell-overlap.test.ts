/**
 * H. No two SELLs of one token: the replacement waits for the proof that the first is over, and is
 * then placed by itself, with no newer intent to remind us.
 *
 * Break that turns this red: `admission.ts`, in `withheldReason`, drop the `hasLiveSell` check (then the
 * stock check lets two small ones through, and the assertion trips); or `decide.ts`, plan only in
 * steps whose event is an intent.
 */
import { describe, expect, it } from "vitest";
import { type Bench, FOREVER, quote, trading } from "../support/builders.ts";
import { heldAtEveryStep } from "./everyStep.ts";

type Heard = (day: Bench) => void;

const FIRST = "SELL YES 10 @ 0.55";
const SECOND = "SELL YES 10 @ 0.53";

/** The price of a SELL has moved, and its cancel is on the way. */
function moving(): Bench {
  const day = trading({ YES: 30 });
  day.intends({ ask: quote(10, 55), expiresAt: FOREVER });
  day.acks(FIRST);
  day.intends({ ask: quote(10, 53), expiresAt: FOREVER });
  expect(day.asked()).toEqual([`place ${FIRST}`, `cancel ${FIRST}`]);
  return day;
}

describe("[H] no SELL overlap", () => {
  heldAtEveryStep("H");

  /** The ways in which the venue may tell us that the first SELL is over. */
  const proofs: readonly [string, Heard, Heard][] = [
    [
      "the receipt, then the socket",
      (day) => day.cancels(FIRST),
      (day) => day.reports(FIRST, "cancelled"),
    ],
    [
      "the socket, then the receipt",
      (day) => day.reports(FIRST, "cancelled"),
      (day) => day.cancels(FIRST),
    ],
    [
      "the receipt, then a survey",
      (day) => day.cancels(FIRST),
      (day) => day.waits(1_500, { open: [], over: { [FIRST]: 0 } }),
    ],
    [
      "a lost receipt, then the socket",
      (day) => day.losesCancel(FIRST),
      (day) => day.reports(FIRST, "cancelled"),
    ],
    [
      "gone, then a survey that knows it",
      (day) => day.refusesCancel(FIRST, true),
      (day) => day.waits(1_000, { open: [], over: { [FIRST]: 0 } }),
    ],
  ];

  it.each(proofs)("%s: the withheld SELL is placed once (acceptance 2)", (_, first, second) => {
    const day = moving();
    first(day);
    second(day);
    expect(day.asked().filter((words) => words.startsWith("place"))).toEqual([`place ${SECOND}`]);
    day.acks(SECOND);
    day.waits(30_000);
    expect(day.asked().filter((words) => words.startsWith("place"))).toEqual([]);
  });

  it("a first SELL that fills in its cancel's flight leaves the rest to the second", () => {
    const day = moving();
    day.matches(FIRST, 3);
    day.cancels(FIRST);
    day.reports(FIRST, "cancelled", 3);
    expect(day.asked()).toEqual(["place SELL YES 7 @ 0.53"]);
  });

  it("until the proof nothing of that token is sold, however often something happens", () => {
    const day = moving();
    for (let moment = 0; moment < 50; moment += 1) {
      day.waits(100);
      day.intends({ ask: quote(10, 53 - (moment % 3)), expiresAt: FOREVER });
    }
    expect(day.asked()).toEqual([]);
  });
});
