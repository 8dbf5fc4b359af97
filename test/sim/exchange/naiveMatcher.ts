/**
 * The matching rules once more, written from the venue's documents alone (protocol 7.1, 7.2): one flat
 * list, searched anew for every fill, no YES-space, nothing shared with the engine.
 */
export interface NaiveOrder {
  readonly id: string;
  readonly token: "YES" | "NO";
  readonly side: "BUY" | "SELL";
  /** In basis points of a dollar. */
  readonly price: number;
  /** What it may still take, in millionths of a share; of a market BUY no limit. */
  readonly shares: number;
  /** What a market BUY may still spend, in millionths of a dollar. */
  readonly dollars?: number;
  readonly kind: "GTC" | "FAK" | "FOK";
}

export interface NaiveFill {
  readonly maker: string;
  readonly shares: number;
  /** What a share costs or brings the taker, in basis points. */
  readonly price: number;
  readonly type: "complementary" | "mint" | "merge";
}

type Resting = NaiveOrder & { left: number };

const DOLLAR = 10_000;

export class NaiveMatcher {
  /** In the order in which they came. */
  private resting: Resting[] = [];

  /** The fills of an arriving order; null where it is refused as a whole. */
  arrive(order: NaiveOrder): readonly NaiveFill[] | null {
    const before = this.resting.map((one) => ({ ...one }));
    const fills: NaiveFill[] = [];
    let { shares, dollars } = order;
    let isDone = false;
    while (!isDone) {
      const best = this.best(order);
      if (!best) break;
      const { maker, price, type } = best;
      const affordable = dollars === undefined ? shares : Math.floor((dollars * DOLLAR) / price);
      const size = Math.min(affordable, maker.left);
      isDone = size === affordable;
      if (size === 0) break;
      fills.push({ maker: maker.id, shares: size, price, type });
      maker.left -= size;
      shares -= size;
      if (dollars !== undefined) dollars -= Math.ceil((size * price) / DOLLAR);
      this.resting = this.resting.filter(({ left }) => left > 0);
    }
    const isRefused =
      (order.kind === "FOK" && !isDone) || (order.kind === "FAK" && fills.length === 0);
    if (isRefused) {
      this.resting = before;
      return null;
    }
    if (order.kind === "GTC" && shares > 0) this.resting.push({ ...order, left: shares });
    return fills;
  }

  cancel(id: string): void {
    this.resting = this.resting.filter((order) => order.id !== id);
  }

  /** Ids and what is left of them, as if by a set. */
  left(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.resting.map(({ id, left }) => [id, left]));
  }

  /** Shares wanted or offered at each price of one token, both tokens' orders together. */
  depth(token: "YES" | "NO", side: "BUY" | "SELL"): Readonly<Record<number, number>> {
    const levels: Record<number, number> = {};
    for (const order of this.resting) {
      const isMirrored = order.token !== token;
      if ((order.side === side) === isMirrored) continue;
      const price = isMirrored ? DOLLAR - order.price : order.price;
      levels[price] = (levels[price] ?? 0) + order.left;
    }
    return levels;
  }

  /** The maker that is best for the taker; of several as good, the oldest. */
  private best(taker: NaiveOrder) {
    let found: { maker: Resting; price: number; type: NaiveFill["type"] } | null = null;
    for (const maker of this.resting) {
      const met = meeting(taker, maker);
      if (!met) continue;
      const isBetter =
        !found || (taker.side === "BUY" ? met.price < found.price : met.price > found.price);
      if (isBetter) found = { maker, ...met };
    }
    return found;
  }
}

/** The three rows of the table, and what a share then is to the taker. */
function meeting(
  taker: NaiveOrder,
  maker: NaiveOrder,
): { price: number; type: NaiveFill["type"] } | null {
  const isSameToken = taker.token === maker.token;
  if (isSameToken && taker.side === "BUY" && maker.side === "SELL")
    return taker.price >= maker.price ? { price: maker.price, type: "complementary" } : null;
  if (isSameToken && taker.side === "SELL" && maker.side === "BUY")
    return taker.price <= maker.price ? { price: maker.price, type: "complementary" } : null;
  const rest = DOLLAR - maker.price;
  if (!isSameToken && taker.side === "BUY" && maker.side === "BUY")
    return taker.price + maker.price >= DOLLAR ? { price: rest, type: "mint" } : null;
  if (!isSameToken && taker.side === "SELL" && maker.side === "SELL")
    return taker.price + maker.price <= DOLLAR ? { price: rest, type: "merge" } : null;
  return null;
}
