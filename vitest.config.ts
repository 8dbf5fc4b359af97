import { configDefaults, defineConfig } from "vitest/config";
import { LongestFirst } from "./test/support/longestFirst.ts";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // It has packages of its own: `npm run clients`.
    exclude: [...configDefaults.exclude, "test/clients/**"],
    globalSetup: ["test/support/runFolder.ts"],
    setupFiles: ["test/support/seed.ts"],
    // For a test that hangs: on a busy machine one that waits for states may take minutes.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    // The default leaves one core idle, which on two is half of them.
    maxWorkers: "100%",
    // A process per file costs a second of CPU each, mostly to load the same modules again.
    isolate: false,
    sequence: { sequencer: LongestFirst },
  },
});
