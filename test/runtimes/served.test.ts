/** How windows of the venue that a run serves itself are priced: by the rule that they settle by there. */
import { expect, it } from "vitest";
import { servedVenueOptions } from "../../src/runtimes/served.ts";
import { endpointsAt } from "../../src/sim/server/index.ts";
import { chooseSigner } from "../../src/venue/polymarket/index.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

it.each([
  [20_000, "spot"],
  [299_000, "spot"],
  [300_000, "twap60"],
  [86_400_000, "twap60"],
])("windows of %d ms are settled by %s, for us as at the venue", async (windowMs, rule) => {
  const signer = await chooseSigner(silent);
  const { series } = servedVenueOptions(endpointsAt("127.0.0.1:1"), windowMs, signer);
  expect(series).toMatchObject([{ settledBy: rule, windowMs }]);
});
