/** The comparisons with the venue's own client, which is not installed for `npm test`. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/clients/*.test.ts"],
    setupFiles: ["test/support/seed.ts"],
    // A thousand orders, signed twice.
    testTimeout: 600_000,
  },
});
