/**
 * M. No market spends more than the account allows it. Its executor decides alone, and counts what is spent and what every
 * order that may be live can still take.
 *
 * Break that turns this red: `admission.ts`, in `ownedWithinLimits`, return `inventory` as it is; or `state.ts`, in
 * `levelOf`, the operator's level alone.
 */
import { describe } from "vitest";
import { heldAtEveryStep } from "./everyStep.ts";

describe("[M] limits of the account", () => {
  heldAtEveryStep("M");
});
