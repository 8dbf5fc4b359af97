import { configDefaults, defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // It has packages of its own: `npm run clients`.
    exclude: [...configDefaults.exclude, "test/clients/**"],
    testTimeout: 120_000,
  },
});
