/** How balances are asked for; the order of the reads is in test/marbles/gateway/gateway.test.ts. */
import { VirtualTimeScheduler, of } from "rxjs";
import { expect, it } from "vitest";
import { survey } from "../../src/gateway/survey.ts";
import {
  NO_SHARES,
  NO_USDC,
  type SurveyEffect,
  type Venue,
  epochMs,
  marketId,
  requestId,
} from "../../src/types/index.ts";

it("a survey has the balances read anew where its effect says so, and else not", () => {
  const effect: SurveyEffect = {
    type: "survey",
    market: marketId("market"),
    requestId: requestId("s"),
    orderIds: [],
    tradesSince: epochMs(0),
  };
  const asked: unknown[] = [];
  const none = of({ type: "answered", value: [] } as const);
  const venue: Pick<Venue, "openOrders" | "trades" | "balances"> = {
    openOrders: () => none,
    trades: () => none,
    balances: (_market, isRefreshed) => {
      asked.push(isRefreshed);
      return of({ type: "answered", value: { cash: NO_USDC, YES: NO_SHARES, NO: NO_SHARES } });
    },
  };
  const heard: string[] = [];
  for (const asking of [effect, { ...effect, isRefreshed: true }])
    survey(venue as Venue, asking, of(null), 1_000, new VirtualTimeScheduler()).subscribe(
      ({ type }) => heard.push(type),
    );

  expect(asked).toEqual([false, true]);
  expect(heard).toEqual(["survey.answered", "survey.answered"]);
});
