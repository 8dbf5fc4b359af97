/** Starts the longest test files first, so that all workers end at about the same time. */
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** By how long they take. Of a fresh checkout vitest itself knows only the sizes. */
const LONGEST = [
  "test/integration/loopback.test.ts",
  "test/integration/daemon.test.ts",
  "test/app/app.test.ts",
  "test/sim/world.test.ts",
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const index = LONGEST.findIndex((path) => moduleId.endsWith(`/${path}`));
  return index < 0 ? LONGEST.length : index;
}
