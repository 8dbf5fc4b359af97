/** The tests that judge a mutant: those of the executor and of its laws, cut short. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/{executor,laws,marbles/executor}/**/*.test.ts"],
    // The picture of the order table is compared with a file, and would kill for free.
    exclude: ["**/node_modules/**", "test/executor/diagram.test.ts"],
    env: { TANDEM_RUNS: process.env["TANDEM_RUNS"] ?? "50" },
    setupFiles: ["test/mutation/setup.ts"],
    testTimeout: 120_000,
  },
});
