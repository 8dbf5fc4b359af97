/** A request as plain facts, and what is answered to it. */
import type { EpochMs, MarketId, MicroUsdc } from "../../types/index.ts";
import type { Signer } from "../../venue/polymarket/sign/index.ts";
import type { Command, ExchangeState, VenueFact } from "../state.ts";
import { type Answer, failure } from "./answer.ts";
import type { Candles } from "./candles.ts";
import type { Conditions } from "./conditions.ts";
import type { Note, Registry } from "./registry.ts";
import type { Tape } from "./tape.ts";
import type { MarketPractice, WindowOptions, WindowSeries } from "./windows.ts";

export interface Asked {
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
export interface Sight {
  readonly exchange: ExchangeState;
  readonly registry: Registry;
  readonly tapes: ReadonlyMap<MarketId, Tape>;
  readonly candles: Candles;
  readonly now: EpochMs;
  /** The time it says it is, and the time that what others say is held against. */
  readonly told: EpochMs;
  readonly checked: EpochMs;
  /** The exchange as whoever asks is judged by it: its balances may be old ones. */
  readonly balances: ExchangeState;
  readonly rules: VenueRules;
  readonly conditions: Conditions;
}

/** What is fixed when the server starts. */
export interface VenueRules extends WindowOptions {
  readonly series: readonly WindowSeries[];
  /** What every account has at first sight. */
  readonly cash: MicroUsdc;
  readonly signer: Signer;
  readonly practice: MarketPractice;
}

/** One thing to do to the exchange; the note is kept only if it is not refused. */
export interface Deed {
  readonly command: Command;
  readonly note?: Note;
}

/** What a request leads to: deeds in a row, and an answer out of the facts of each. */
export interface Act {
  readonly registry: Registry;
  readonly deeds: readonly Deed[];
  readonly answer: (facts: readonly (readonly VenueFact[])[]) => Answer;
}

/** An answer to which nothing has to be done. */
export const only = ({ registry }: Pick<Sight, "registry">, answer: Answer): Act => ({
  registry,
  deeds: [],
  answer: () => answer,
});

export const ok = (sight: Pick<Sight, "registry">, body: unknown): Act =>
  only(sight, { status: 200, body });

export const refused = (sight: Pick<Sight, "registry">, status: number, error: string): Act =>
  only(sight, failure(status, error));
