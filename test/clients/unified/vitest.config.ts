/** The venue's newer client, which needs a Node of its own. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/clients/unified/*.test.ts"],
    // A trade takes some seconds until it is on chain.
    testTimeout: 600_000,
  },
});
