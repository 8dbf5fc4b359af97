/** What the account says, as log lines. */
import type { Notice, Scope } from "../account/index.ts";
import { type MarketId, formatMicro } from "../types/index.ts";
import { type LogLine, lineAt } from "./logLine.ts";

const { info, warn } = lineAt;

/** `nameOf`: a market's name, where it is known. */
export function accountLines(
  notice: Notice,
  nameOf: (market: MarketId) => string,
): readonly LogLine[] {
  switch (notice.type) {
    case "limit.hit": {
      const { limit, value, max, action } = notice.hit;
      return [
        warn("account limit hit", {
          limit,
          value: rounded(value),
          max,
          action,
          ...scopeFacts(notice.scope, nameOf),
        }),
      ];
    }
    case "limit.ended": {
      const { limit, max } = notice.hit;
      const facts = { limit, value: rounded(notice.value), max };
      return [
        info("account limit no longer hit", { ...facts, ...scopeFacts(notice.scope, nameOf) }),
      ];
    }
    case "limit.cleared": {
      const { hit, scope, reason, who, base } = notice;
      const facts = { limit: hit.limit, hitAt: rounded(hit.value), max: hit.max, who, reason };
      const counts = { countedFrom: rounded(base.from), nowFrom: rounded(base.to) };
      return [warn("account limit cleared", { ...facts, ...counts, ...scopeFacts(scope, nameOf) })];
    }
    case "limit.notCleared":
      return [warn("account limit not cleared", { limit: notice.limit, why: notice.why })];
    case "cash.adopted": {
      const { cash, change } = notice;
      const facts = {
        cash: formatMicro(cash),
      };
      return change === null
        ? [info("account cash", facts)]
        : [warn("account cash changed from outside", { ...facts, change: formatMicro(change) })];
    }
    case "cash.short": {
      const { cash, missing } = notice;
      return [
        warn("account cash below our own sum", {
          cash: formatMicro(cash),
          missing: formatMicro(missing),
        }),
      ];
    }
    case "market.refused":
      return [
        warn("market gets no cash: too many at once", {
          market: nameOf(notice.market),
          max: notice.max,
        }),
      ];
    case "market.kept": {
      const { market, held } = notice;
      return [
        warn("market left with cash or an order out", {
          market: nameOf(market),
          held: formatMicro(held),
        }),
      ];
    }
    case "market.closed":
      // Its own result line has said it.
      return [];
    case "day.began":
      return [info("account day began", { resultBefore: formatMicro(notice.resultBefore) })];
  }
}

const rounded = (value: number): number => Math.round(value * 100) / 100;

function scopeFacts(scope: Scope, nameOf: (market: MarketId) => string): Record<string, string> {
  switch (scope.type) {
    case "account":
      return {};
    case "reference":
      return { reference: scope.reference };
    case "market":
      return { market: nameOf(scope.market) };
  }
}
