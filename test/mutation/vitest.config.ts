/** The tests that judge a mutant: those of the executor and of its laws, cut short. */
import { defineConfig } from "vitest/config";

// Three quarters of the time of all judges; mutants that the others leave alive are run against these as well.
const SLOW = [
  "test/laws/**",
  "test/executor/{deadline,memory,model,plannerReference,refusals}.test.ts",
];

export default defineConfig({
  test: {
    include: ["test/{executor,laws,marbles/executor}/**/*.test.ts"],
    exclude: [
      "**/node_modules/**",
      // The pictures of the tables are compared with a file, and would kill every mutant of a table.
      "test/executor/diagram.test.ts",
      ...(process.env["TANDEM_JUDGES"] === "quick" ? SLOW : []),
    ],
    env: { TANDEM_RUNS: process.env["TANDEM_RUNS"] ?? "50" },
    setupFiles: ["test/support/seed.ts", "test/mutation/setup.ts"],
    testTimeout: 120_000,
  },
});
