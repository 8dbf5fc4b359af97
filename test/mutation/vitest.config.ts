/** The tests that judge a mutant: those of the executor and of its laws, cut short. */
import { defineConfig } from "vitest/config";

// Three quarters of the time of all judges; what the others leave alive is shown to these as well.
const SLOW = ["test/laws/**", "test/executor/{memory,model,plannerReference,refusals}.test.ts"];

export default defineConfig({
  test: {
    include: ["test/{executor,laws,marbles/executor}/**/*.test.ts"],
    exclude: [
      "**/node_modules/**",
      // The picture of the order table is compared with a file, and would kill for free.
      "test/executor/diagram.test.ts",
      ...(process.env["TANDEM_JUDGES"] === "quick" ? SLOW : []),
    ],
    env: { TANDEM_RUNS: process.env["TANDEM_RUNS"] ?? "50" },
    setupFiles: ["test/mutation/setup.ts"],
    testTimeout: 120_000,
  },
});
