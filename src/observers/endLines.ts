/** The last two lines of a run: what happened, and how it stands now; both from one summary. */
import { formatDollars, formatSeconds } from "./format.ts";
import { type LogLine, lineAt } from "./logLine.ts";
import type { Summary } from "./summary.ts";

const { error, info } = lineAt;

/** What may rest comes first. */
export type Verdict = "unsafe" | "refused" | "clean";

type Judged = Pick<
  Summary,
  "lawsBroken" | "openAtVenue" | "refused" | "failing" | "markets" | "places" | "fills"
>;

export function verdictOf(summary: Judged): Verdict {
  const { lawsBroken, openAtVenue, refused, places, fills } = summary;
  if (lawsBroken > 0 || openAtVenue !== 0) return "unsafe";
  if (whyNoMarket(summary) !== null) return "refused";
  // An order without an answer may have been taken.
  const isAnyTaken = places.acked > 0 || places.unknown > 0 || fills > 0;
  return refused !== null && !isAnyTaken ? "refused" : "clean";
}

/** Why none was found in the whole run; null where one was, or where finding one does not fail. */
const whyNoMarket = ({ failing, markets }: Pick<Summary, "failing" | "markets">) =>
  (markets.length === 0 && failing.find(({ source }) => source === "discovery")) || null;

export const endLines = (summary: Summary): readonly [LogLine, LogLine] => [
  summaryLine(summary),
  lastLine(summary),
];

function summaryLine({ mode, runtimeMs, places, pnlUsdc, markets, ...counts }: Summary): LogLine {
  const { realised, unrealised, fees } = pnlUsdc;
  return info(counts.beginsAnew ? "summary: fills and PnL begin anew" : "summary", {
    mode,
    ran: formatSeconds(runtimeMs),
    markets: markets.length + counts.marketsMerged,
    fills: counts.fills,
    pnl: formatDollars(realised + unrealised - fees),
    realised: formatDollars(realised),
    unrealised: formatDollars(unrealised),
    fees: formatDollars(fees),
    placed: places.acked,
    rejected: places.rejected,
    unknown: places.unknown,
    notSent: places.notSent,
    cancels: counts.cancels,
    feedGaps: counts.feedGaps,
    lawsBroken: counts.lawsBroken,
    outputsMissed: counts.outputsMissed,
    openAtVenue: counts.openAtVenue,
  });
}

function lastLine(summary: Summary): LogLine {
  const { lawsBroken, openAtVenue, outputsMissed, refused } = summary;
  switch (verdictOf(summary)) {
    case "unsafe": {
      const end = lawsBroken > 0 ? "ended by the kill switch" : "ended";
      if (openAtVenue === 0) return error(`${end}: nothing of ours rests`, {});
      return outputsMissed > 0
        ? error(`${end}: outputs were missed, so orders may rest at the venue`, { outputsMissed })
        : error(`${end}: orders may rest at the venue`, {});
    }
    case "refused": {
      const noMarket = whyNoMarket(summary);
      return noMarket === null
        ? error("nothing was quoted: refused for good", { ...refused })
        : error("nothing was traded: no market was found", { ...noMarket });
    }
    case "clean":
      return info("ended: nothing of ours rests", {});
  }
}
