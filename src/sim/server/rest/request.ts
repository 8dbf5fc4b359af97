/** A request as plain facts, and what is answered to it. */
import type { EpochMs, MarketId, MicroUsdc } from "../../../types/index.ts";
import type { Signer } from "../../../venue/polymarket/sign/index.ts";
import type { Command, ExchangeState, VenueFact } from "../../exchange/index.ts";
import {
  type Answer,
  failure,
  type Candles,
  type BookMeta,
  type MarketPolicy,
  type WindowOptions,
  type WindowSeries,
} from "../state/index.ts";
import type { Conditions } from "../control/index.ts";
import type { OrderOrigin, Registry } from "./registry.ts";

export interface ClientRequest {
  readonly method: string;
  /** From the `/`, without the query. */
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  /** The very text that came; "" where none did. */
  readonly body: string;
  /** The network address that its connection comes from. */
  readonly from: string;
}

/** Everything a request can be answered from. */
export interface RequestContext {
  readonly exchange: ExchangeState;
  readonly registry: Registry;
  readonly bookMeta: ReadonlyMap<MarketId, BookMeta>;
  readonly candles: Candles;
  readonly now: EpochMs;
  /** The time it says it is, and the time that what others say is held against. */
  readonly statedTime: EpochMs;
  readonly verificationTime: EpochMs;
  /** The exchange as whoever asks is judged by it: its balances may be old ones. */
  readonly balances: ExchangeState;
  readonly rules: VenueRules;
  readonly conditions: Conditions;
}

/** What is fixed when the server starts. */
export interface VenueRules extends WindowOptions {
  readonly series: readonly WindowSeries[];
  /** What every account has at first context. */
  readonly cash: MicroUsdc;
  readonly signer: Signer;
  readonly policy: MarketPolicy;
}

/** One thing to do to the exchange; the note is kept only if it is not refused. */
export interface ExchangeOp {
  readonly command: Command;
  readonly origin?: OrderOrigin;
}

/** What a request leads to: operations in a row, and an answer out of the facts of each. */
export interface Outcome {
  readonly registry: Registry;
  readonly operations: readonly ExchangeOp[];
  readonly answer: (facts: readonly (readonly VenueFact[])[]) => Answer;
}

/** An answer to which nothing has to be done. */
export const answerOnly = (
  { registry }: Pick<RequestContext, "registry">,
  answer: Answer,
): Outcome => ({
  registry,
  operations: [],
  answer: () => answer,
});

export const ok = (context: Pick<RequestContext, "registry">, body: unknown): Outcome =>
  answerOnly(context, { status: 200, body });

export const refused = (
  context: Pick<RequestContext, "registry">,
  status: number,
  error: string,
): Outcome => answerOnly(context, failure(status, error));
