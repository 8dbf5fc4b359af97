/** Starts the longest test files first, so that all workers end at about the same time. */
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Files of ten seconds and more, longest first. A file that waits for processes and sockets stands
 * beside one that computes, so that two workers use two cores. A fresh checkout has only file sizes.
 */
const LONGEST = [
  ["integration/venuePage", "app/app"],
  ["integration/daemon", "sim/world"],
  ["integration/past", "checks/checks"],
  ["integration/loopback", "venue/fuzzAnswers"],
  ["integration/doctor", "laws/I-latest-intent"],
  ["integration/secrets", "laws/K-never-blind"],
  ["integration/flood", "sim/exchange/layeredMap"],
  ["integration/live", "venue/polymarket/sign/vectors"],
  ["sim/server/command", "laws/J-not-knowing"],
  ["integration/embed", "executor/refusals"],
  ["examples", "laws/A-single-writer"],
  ["integration/lastingRefusals", "laws/C-epoch-fence"],
  ["integration/gatewayMatrix", "laws/E-no-short"],
].flat();

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- tidy-ok: a sequencer's own sort, which copies
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const index = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
  return index < 0 ? LONGEST.length : index;
}
