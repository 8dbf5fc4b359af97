/** The journal of the run before, for a market that it has traded too. */
import type { History } from "../executor/index.ts";
import {
  type AccountAt,
  type Header,
  type Problem,
  type Segment,
  histories,
  readSegment,
  segmentsOfTitle,
} from "../journal/index.ts";
import { ConfigError, type EpochMs, type Log, type Market } from "../types/index.ts";
import { VERSION } from "../app/index.ts";
import { isState, oddPart } from "./historyShape.ts";

/**
 * The history in the newest segment of this account: a run may have died at its first line. Null
 * without one. With `"unread"` or null the first survey finds the orders that were left as foreign.
 */
export function previousRun(
  directory: string,
  market: Market,
  accountAt: AccountAt,
  log: Log,
): History | "unread" | null {
  let othersCount = 0;
  let found: History | "unread" | null = null;
  for (const path of segmentsOfTitle(directory, market.slug)) {
    const begun = readSegment(path, { firstLine: true });
    if (begun === null) continue;
    if (begun.type === "segment" && !isOf(accountAt, begun.header)) {
      othersCount += 1;
      continue;
    }
    const segment = readSegment(path) ?? begun;
    found = historyIn(segment, market, { market: market.slug, path }, log);
    break;
  }
  if (othersCount > 0) {
    log.info(
      { market: market.slug, segments: othersCount },
      "earlier runs traded on another venue or account: their journals are left alone",
    );
  }
  return found;
}

function historyIn(
  segment: Segment | Problem,
  market: Market,
  facts: { readonly market: string; readonly path: string },
  log: Log,
): History | "unread" {
  const problem = problemOf(segment);
  if (segment.type === "problem" || problem !== null) {
    log.error({ ...facts, problem }, "the journal of an earlier run cannot be read");
    return "unread";
  }
  const { state, schema, version, market: recorded } = segment.header;
  if (version !== VERSION || recorded.id !== market.id || !isState(state)) {
    log.warn({ ...facts, version }, "the journal of an earlier run is of another version");
    return "unread";
  }
  log.info({ ...facts, schema, steps: segment.steps.length }, "taking over from an earlier run");
  return { state, steps: segment.steps };
}

/**
 * Reads what any market that has not ended yet would take over.
 * @throws ConfigError with every segment that cannot be read and may be of this account.
 */
export function checkHistories(directory: string, accountAt: AccountAt, now: EpochMs): void {
  const problems = histories(directory).flatMap((paths) => {
    for (const path of paths) {
      const begun = readSegment(path, { firstLine: true });
      if (begun === null) continue;
      const isNeeded =
        begun.type === "problem" ||
        (isOf(accountAt, begun.header) && begun.header.market.endsAt > now);
      const problem = isNeeded ? problemOf(readSegment(path) ?? begun) : null;
      return problem === null
        ? []
        : [
            `${path}: ${problem}: move this file out of the journal directory; the run then ` +
              "begins without it, its fills and PnL anew",
          ];
    }
    return [];
  });
  if (problems.length > 0) throw new ConfigError(problems);
}

const isOf = (accountAt: AccountAt, { accountAt: recorded }: Header): boolean =>
  recorded === undefined ||
  (recorded.venue === accountAt.venue && recorded.account === accountAt.account);

function problemOf(segment: Segment | Problem): string | null {
  if (segment.type === "problem") {
    const { line, detail } = segment;
    return line === null ? detail : `line ${line}: ${detail}`;
  }
  const { version, state } = segment.header;
  // What another version has written is not taken over, so its shape does not matter.
  const odd = version === VERSION ? oddPart(state, segment.steps) : null;
  return odd === null ? null : `${odd} is not what a journal holds`;
}
