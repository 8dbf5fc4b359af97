/** Answers to public reads: the ones without credentials. */
import {
  type Book,
  type EpochMs,
  type Market,
  type MarketId,
  type MicroShares,
  type MicroUsdc,
  type PriceBp,
  type Token,
  type TokenId,
  parseEpochMs,
  parseMicroShares,
  parseMicroUsdc,
  parsePriceBp,
  isOrderSize,
  isTick,
  tokenId,
} from "../../../types/index.ts";
import { type Reply, parsed } from "./frame.ts";
import { bookOf } from "./decodeMarket.ts";
import { type Read, decodeRead } from "./decodeRead.ts";
import { conditionId, numberText, tokenNamed, tokenOf } from "./decodeUnits.ts";
import { type ExchangeVersion, type Listing, exchangeOf } from "./gamma.ts";
import {
  type BookSummaryWire,
  bookSummariesWire,
  bookSummaryWire,
  type ClobMarketWire,
  clobMarketWire,
  failureWire,
  feeRateWire,
  negRiskWire,
  tickSizeWire,
  timeWire,
  versionWire,
} from "../wire/index.ts";

/** One token's book, with the market's rules from the same answer. */
export interface BookRead {
  readonly token: Token;
  readonly book: Book;
  readonly tick: PriceBp;
  readonly orderSizeMin: MicroShares;
  readonly isNegRisk: boolean;
}

type Tokens = Pick<Market, "tokenIds">;

/** GET /book */
export const decodeBook = (reply: Reply, market: Tokens): Read<BookRead> =>
  decodeRead(reply, bookSummaryWire, (wire) => bookRead(wire, market));

/** POST /books, in the order of the request. */
export const decodeBooks = (reply: Reply, market: Tokens): Read<readonly BookRead[]> =>
  decodeRead(reply, bookSummariesWire, (wires) => {
    const books = wires.map((wire) => bookRead(wire, market)).filter((book) => book !== undefined);
    return books.length < wires.length ? undefined : books;
  });

/** GET /tick-size: the tick in force. */
export const decodeTickSize = (reply: Reply): Read<PriceBp> =>
  decodeRead(
    reply,
    tickSizeWire,
    (wire) => tickOf(numberText(wire.minimum_tick_size)) ?? undefined,
  );

/** GET /neg-risk */
export const decodeNegRisk = (reply: Reply): Read<boolean> =>
  decodeRead(reply, negRiskWire, (wire) => wire.neg_risk);

/** GET /fee-rate, in basis points of a retired schedule: no fee is computed from it. */
export const decodeFeeRate = (reply: Reply): Read<number> =>
  decodeRead(reply, feeRateWire, (wire) => wire.base_fee);

/** GET /version: the default of the exchange, not the version of a market. */
export const decodeVersion = (reply: Reply): Read<number> =>
  decodeRead(reply, versionWire, (wire) => wire.version);

/** GET /time, to the second. */
export const decodeTime = (reply: Reply): Read<EpochMs> =>
  decodeRead(reply, timeWire, (wire) => parseEpochMs(wire) ?? undefined);

/** A market as the order book describes it; its pairing of tokens and names is the one to trust. */
export interface ClobMarket {
  readonly id: MarketId;
  readonly tokenIds: Readonly<Record<Token, TokenId>>;
  /** Null where the version is missing or unknown. */
  readonly exchange: ExchangeVersion | null;
  readonly isNegRisk: boolean;
  readonly tick: PriceBp;
  readonly orderSizeMin: MicroShares;
  /** Null where the schedule is missing or of a kind that is not computed here. */
  readonly feeRate: MicroUsdc | null;
  /** Whether the venue delays marketable orders. */
  readonly hasTakerDelay: boolean;
  readonly acceptsOrders: boolean;
}

/** GET /clob-markets/{id}; null where the venue does not know the market. */
export function decodeClobMarket(reply: Reply): Read<ClobMarket | null> {
  const failure = failureWire.safeParse(parsed(reply.text)).data;
  return reply.status === 404 && failure?.error === "market not found"
    ? { answer: { type: "answered", value: null }, warnings: [] }
    : decodeRead(reply, clobMarketWire, clobMarket);
}

/** Facts in which the order book and Gamma differ: such a market is not traded. [protocol 1] */
export function disagreements(listing: Listing, clob: ClobMarket): readonly string[] {
  const { market } = listing;
  const facts: readonly (readonly [name: string, gamma: unknown, clob: unknown])[] = [
    ["id", market.id, clob.id],
    ["YES token", market.tokenIds.YES, clob.tokenIds.YES],
    ["NO token", market.tokenIds.NO, clob.tokenIds.NO],
    ["version", listing.exchange, clob.exchange],
    ["fee", listing.feeRate, clob.feeRate],
    // Without meaning in domain 3.
    [
      "negRisk",
      listing.exchange === "2" && listing.isNegRisk,
      listing.exchange === "2" && clob.isNegRisk,
    ],
  ];
  return facts
    .filter(([, gamma, book]) => gamma !== book)
    .map(([name, gamma, book]) => `${name}: ${String(gamma)}, ${String(book)}`);
}

function clobMarket(wire: ClobMarketWire): ClobMarket | undefined {
  const named = (token: Token): string | undefined =>
    wire.t.find(({ o }) => tokenNamed(o) === token)?.t;
  const yes = named("YES");
  const no = named("NO");
  const tick = tickOf(numberText(wire.mts));
  const orderSizeMin = sizeOf(numberText(wire.mos));
  if (wire.t.length !== 2 || yes === undefined || no === undefined) return undefined;
  if (tick === null || orderSizeMin === null) return undefined;
  const isComputable = wire.fd?.e === 1 && wire.fd.to;
  return {
    id: conditionId(wire.c),
    tokenIds: { YES: tokenId(yes), NO: tokenId(no) },
    exchange: exchangeOf(wire.v),
    isNegRisk: wire.nr ?? false,
    tick,
    orderSizeMin,
    feeRate: isComputable ? parseMicroUsdc(numberText(wire.fd?.r ?? 0)) : null,
    hasTakerDelay: wire.itode ?? false,
    acceptsOrders: wire.ao,
  };
}

function bookRead(wire: BookSummaryWire, { tokenIds }: Tokens): BookRead | undefined {
  const token = tokenOf(tokenIds, wire.asset_id);
  const book = bookOf(wire);
  const tick = tickOf(wire.tick_size ?? "");
  const orderSizeMin = sizeOf(wire.min_order_size ?? "");
  const isNegRisk = wire.neg_risk;
  return token && book && tick !== null && orderSizeMin !== null && isNegRisk !== null
    ? { token, book, tick, orderSizeMin, isNegRisk }
    : undefined;
}

/** Null for a grid that does not divide a dollar. */
function tickOf(text: string): PriceBp | null {
  const tick = parsePriceBp(text);
  return tick !== null && isTick(tick) ? tick : null;
}

/** The smallest order; null for one larger than any of ours. */
function sizeOf(text: string): MicroShares | null {
  const size = parseMicroShares(text);
  return size !== null && isOrderSize(size) ? size : null;
}
