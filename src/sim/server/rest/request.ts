/** A request as plain data, all that it can be answered from, and what it leads to. */
import type { Coin, EpochMs, MarketId, MicroUsdc } from "../../../types/index.ts";
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
  /** Exactly as received; "" where there is none. */
  readonly body: string;
  /** The network address that its connection comes from. */
  readonly from: string;
}

/** Everything a request can be answered from. */
export interface RequestContext {
  readonly exchange: ExchangeState;
  readonly registry: Registry;
  readonly bookMeta: ReadonlyMap<MarketId, BookMeta>;
  /** A coin is absent before its first price. */
  readonly candles: ReadonlyMap<Coin, Candles>;
  readonly now: EpochMs;
  /** The time that `/time` answers; a fault may skew it. */
  readonly statedTime: EpochMs;
  /** The time that timestamps of requests are checked against; a fault may skew it. */
  readonly verificationTime: EpochMs;
  /** The exchange that balances are read from; a fault may make it an old state. */
  readonly balances: ExchangeState;
  readonly rules: VenueRules;
  readonly conditions: Conditions;
}

/** Fixed when the server starts. */
export interface VenueRules extends WindowOptions {
  readonly series: readonly WindowSeries[];
  /** Of every new account. */
  readonly cash: MicroUsdc;
  readonly signer: Signer;
  readonly policy: MarketPolicy;
  /** Tells this run of the venue from another of the same seed. */
  readonly openedAt: EpochMs;
}

/** One command for the exchange; the origin of an order is kept unless the order is refused. */
export interface ExchangeOp {
  readonly command: Command;
  readonly origin?: OrderOrigin;
}

/** What a request leads to: operations in their order, and the answer from the facts of each. */
export interface Outcome {
  readonly registry: Registry;
  readonly operations: readonly ExchangeOp[];
  readonly answer: (facts: readonly (readonly VenueFact[])[]) => Answer;
}

/** Answers without an operation. */
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
