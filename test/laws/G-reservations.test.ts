/**
 * G. Reservations are released by proof, and derived: what an order may still take from us is held
 * until a refusal, the venue's word that it is over, or a proof of absence. A cancel that was sent,
 * or acknowledged, or lost, frees nothing by itself.
 *
 * Break that turns this red: `orderTable.ts`, in `withFinalMatched`, add `case "endAcked":` to those
 * that set `finalMatched` to what has matched; or let `heldSize` of a cancelling order be nothing.
 */
import { describe } from "vitest";
import { heldAtEveryStep } from "./everyStep.ts";

describe("[G] reservations", () => {
  heldAtEveryStep("G");
});
