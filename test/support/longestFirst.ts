/** Starts the longest test files first, so that all workers end at about the same time. */
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Files of eight seconds and more, longest first. A file that waits for processes and sockets stands
 * beside one that computes, so that the workers keep all cores busy. A fresh checkout has only file sizes.
 */
const LONGEST = [
  ["integration/venuePage", "venue/fuzzAnswers"],
  ["integration/daemon", "app/app"],
  ["integration/past", "sim/world"],
  ["integration/loopback", "checks/checks"],
  ["integration/doctor", "venue/polymarket/sign/vectors"],
  ["integration/secrets", "laws/I-latest-intent"],
  ["integration/flood", "executor/model"],
  ["integration/live", "venue/polymarket/totality"],
  ["sim/server/command", "executor/refusals"],
  ["examples", "app/inputAges"],
  ["integration/lastingRefusals", "laws/A-single-writer"],
  ["integration/embed", "runtimes/library"],
  ["integration/leavingReference", "integration/frozenReference"],
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
