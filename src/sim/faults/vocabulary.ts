/**
 * What can go wrong at a simulated venue: one name, one unit and one scope for each fault, whether it
 * is asked for in process (`SimulationOptions.faults`) or of the served venue (`POST /control`, scripts).
 */
import type { LastingReason } from "../../types/index.ts";

/** Market and user channel of the venue; reference is the price's own connection. */
export const CHANNELS = ["market", "user", "reference"] as const;
export type Channel = (typeof CHANNELS)[number];

/** Why everything is refused, until that is over. */
export const LASTING_REASONS = [
  "walletKind",
  "restricted",
  "banned",
  "closedOnly",
  "signature",
  "orderVersion",
  "auth",
  "marketNotReady",
  "marketClosed",
] as const satisfies readonly LastingReason[];

/** Requests that place; that cancel; that submit a wallet's call; every other request; all of them. */
export const REQUEST_KINDS = ["orders", "cancels", "calls", "reads", "all"] as const;
export type RequestKind = (typeof REQUEST_KINDS)[number];

/** How many of the requests, frames or trades concerned: from 0, none, to 1, all. */
interface Share {
  readonly ratio: number;
}
/** Drawn anew each time; both ends included. */
interface RangeMs {
  readonly minMs: number;
  readonly maxMs: number;
}
/** Begins by itself, so often on average, and lasts for a time within the range. */
interface Recurring extends RangeMs {
  readonly perMinute: number;
}
interface OfRequests {
  readonly of: RequestKind;
}
interface OnChannel {
  readonly channel: Channel;
}

/** Faults that are drawn for each request, frame or trade, with what has to be said of them. */
interface DrawnFaults {
  /** The request is not carried out, and its connection is reset; in process, half of them get no answer at all. */
  readonly loseRequest: Share & OfRequests;
  /** The request is carried out, and then ends like a lost request. */
  readonly loseAnswer: Share & OfRequests;
  /** The answer comes later, so that the user channel is ahead of it. */
  readonly delay: Share & OfRequests & RangeMs;
  /** The answer is this status, 401 only where a key signs; half of the 500 and 502 are carried out all the same. */
  readonly fail: Share & OfRequests & { readonly status: 401 | 425 | 429 | 500 | 502 | 503 };
  /** An order, or a cancel as a whole, is refused for any reason that passes by itself, and not carried out. */
  readonly refuse: Share & { readonly of: "orders" | "cancels" };
  /** Orders are carried out later, past any cancel, and half of the requests are never answered. */
  readonly bookLate: Share & RangeMs;
  /** Every second order of a batch is refused. */
  readonly splitBatches: Share;
  /** Before a cancel, a taker fills a part or all of one of the orders concerned. */
  readonly fillCancels: Share;
  /** Orders are checked against balances of this age, and reads of balances return them. */
  readonly lagBalances: Share & RangeMs;
  /** Reads of orders and trades are answered from a state of this age. */
  readonly lagReads: Share & RangeMs;
  /** The first attempt to mine a trade fails; the next one takes 1 to 8 s more. */
  readonly retryTrades: Share;
  /** A matched trade fails instead of being mined. */
  readonly failTrades: Share;
  /** A mined trade fails where it would be confirmed, and what it moved goes back, unless it is spent. */
  readonly reverseTrades: Share;
  /** A wallet's call is mined so much later, which may be after its deadline. */
  readonly delayCalls: Share & RangeMs;
  /** A wallet's call fails instead of being mined. */
  readonly failCalls: Share;
  /** A wallet's call is acknowledged and never reaches the chain. */
  readonly loseCalls: Share;
  /** An order that has matched in part ends, unasked. */
  readonly endPartlyMatched: Share;
  /** An order that has matched in part is over, and is called matched. */
  readonly endAsMatched: Share;
  /** Reads of books are answered from a state of this age, with the present time on them. */
  readonly lagBooks: Share & RangeMs;
  /** Reads of books are answered with one bid of a cent and one ask of 99. */
  readonly ghostBooks: Share;
  /** A tick of the reference is off by a factor. */
  readonly oddPrices: Share;
  /** After a trade frame comes one of another trade, whose terms contradict its order. */
  readonly contradictTrades: Share;
  /** After an order frame comes one of an order with an id that nobody could mean. */
  readonly oddIds: Share;
  /** After a frame of the market comes a tick size that fits no grid. */
  readonly oddTicks: Share;
  /** A frame of a book has neither its tick nor its last trade. */
  readonly sparseFrames: Share;
  /** Fields that no client needs are missing, null or of another type, and there is a new one. */
  readonly driftFields: Share;
  /** A frame never arrives. */
  readonly loseFrames: Share & OnChannel;
  /** A frame is sent later, so that others overtake it. */
  readonly delayFrames: Share & OnChannel & RangeMs;
  /** A second copy of a frame is sent, this long after the frame was due. */
  readonly duplicateFrames: Share & OnChannel & RangeMs;
}

/** Faults of the venue as a whole that come by themselves in process, where nobody gives commands. */
interface RecurringFaults {
  /** One of the three connections ends, and cannot be had again until the time is over. */
  readonly drop: Recurring;
  /** The venue is restarting (half of the restarts end every order), paused or cancel-only. */
  readonly mode: Recurring;
  /** No request gets through, heartbeats included. */
  readonly outage: Recurring;
  /** Another program on the account uses up its order tokens again and again. */
  readonly drainTokens: Recurring;
  /** One of the three connections stays open and sends nothing; then all frames follow. */
  readonly freeze: Recurring;
  /** The reference's quotes are silent while its other streams go on; nothing follows. */
  readonly mute: Recurring;
  /** Every order is refused for one reason that no other order would change. */
  readonly refuseAll: Recurring;
  /** The API key is forgotten: every request is refused, until it is known again. */
  readonly rotateKeys: Recurring;
}

/** Which door a fault can be asked for at; `npm test` compares the table in docs/venue.md. */
export const FAULT_DOORS = {
  loseRequest: "both",
  loseAnswer: "both",
  delay: "served",
  fail: "served",
  refuse: "in process",
  bookLate: "both",
  splitBatches: "served",
  fillCancels: "both",
  lagBalances: "both",
  lagReads: "both",
  retryTrades: "both",
  failTrades: "both",
  reverseTrades: "both",
  delayCalls: "both",
  failCalls: "both",
  loseCalls: "both",
  endPartlyMatched: "both",
  endAsMatched: "both",
  lagBooks: "both",
  ghostBooks: "both",
  oddPrices: "both",
  contradictTrades: "both",
  oddIds: "both",
  oddTicks: "both",
  sparseFrames: "served",
  driftFields: "served",
  loseFrames: "both",
  delayFrames: "both",
  duplicateFrames: "both",
  drop: "both",
  freeze: "both",
  mute: "both",
  refuseAll: "both",
  shutdown: "served",
  skew: "served",
  mode: "both",
  limits: "both",
  rotateKeys: "both",
  outage: "in process",
  drainTokens: "in process",
} as const;

type Named<Faults> = { [Name in keyof Faults]: { readonly do: Name } & Faults[Name] }[keyof Faults];

export type DrawnFault = Named<DrawnFaults>;
export type DrawnFaultName = keyof DrawnFaults;
export type DrawnFaultOf<Name extends DrawnFaultName> = Extract<DrawnFault, { readonly do: Name }>;
export type RecurringFault = Named<RecurringFaults>;

type ServedOnly = {
  [Name in keyof typeof FAULT_DOORS]: (typeof FAULT_DOORS)[Name] extends "served" ? Name : never;
}[keyof typeof FAULT_DOORS];
type UserFrameFault = Extract<DrawnFault, OnChannel> & { readonly channel: "user" };

/** A fault that the venue in process has from its start on: for `forMs`, or to its end without it. */
export type InProcessFault =
  | ((
      Exclude<DrawnFault, OnChannel | { readonly do: ServedOnly }> | UserFrameFault | RecurringFault
    ) & { readonly forMs?: number })
  /** Requests beyond the limits of the smallest tier are refused. */
  | { readonly do: "limits"; readonly enforcement: "enforced"; readonly tier: "standard" };

export const noFaults: readonly InProcessFault[] = [];
