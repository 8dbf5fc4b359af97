/** What whoever runs the venue can ask of it: its mode, its limits, and what goes wrong. */
import { z } from "zod";
import { after, type EpochMs, TOKENS } from "../../../types/index.ts";
import {
  ADDRESS_ENFORCEMENTS,
  type AddressLimitSetting,
  NO_ADDRESS_LIMITS,
} from "./addressLimits.ts";
import {
  LAG_MS_MAX,
  LATE_MS_MAX,
  SETTING_MS_MAX,
  type Generation,
  GENERATIONS,
} from "../state/index.ts";
import { ENFORCEMENTS, type LimitSetting, NO_LIMITS, TIER_NAMES } from "./limits.ts";
import { type ModeSetting, NORMAL, POST_ONLY_MS, RESTART_MS, VENUE_MODES } from "./modes.ts";

export const CHANNELS = ["market", "user", "reference"] as const;
export type Channel = (typeof CHANNELS)[number];

/** Places; cancels; everything else; all of it. */
const REQUEST_KINDS = ["orders", "cancels", "reads", "all"] as const;
export type RequestKind = (typeof REQUEST_KINDS)[number];

const milliseconds = (max: number) => z.int().min(0).max(max);
/** Without it until it is set anew or cleared. */
const forMs = milliseconds(SETTING_MS_MAX).min(1).optional();
/** Of the requests, frames or trades in question; 0 ends the fault. */
const ratio = z.number().min(0).max(1);
const range = (max: number) => ({ minMs: milliseconds(max), maxMs: milliseconds(max) });
const of = z.enum(REQUEST_KINDS).default("all");
const channel = z.enum(CHANNELS);
const skewMs = z.int().min(-SETTING_MS_MAX).max(SETTING_MS_MAX).default(0);

const modeCommand = z.strictObject({
  do: z.literal("mode"),
  mode: z.enum(VENUE_MODES),
  forMs,
  /** Whether every resting order is gone, which a restart may or may not do. */
  wipes: z.boolean().default(false),
});
const limitsCommand = z.strictObject({
  do: z.literal("limits"),
  enforcement: z.enum(ENFORCEMENTS),
  tier: z.enum(TIER_NAMES).default("standard"),
});
/** Of a network address, and how much of each is left. */
const addressLimitsCommand = z.strictObject({
  do: z.literal("addressLimits"),
  enforcement: z.enum(ADDRESS_ENFORCEMENTS),
  scale: z.number().gt(0).max(1).default(1),
});
/** Of the market that trades. */
const tickCommand = z.strictObject({
  do: z.literal("tick"),
  tick: z.enum(["0.1", "0.01", "0.005", "0.0025", "0.001", "0.0001"]),
});
const dollars = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,6})?$/)
  .optional();
/** Of the windows that are listed or open from then on; those that are open stay what they are. */
const generationCommand = z.strictObject({
  do: z.literal("generation"),
  generation: z.enum(GENERATIONS),
});
/** Every window that runs is over at once, whoever would have won. */
const resolveCommand = z.strictObject({ do: z.literal("resolve"), winner: z.enum(TOKENS) });
/** What somebody does with the wallet of a signer without any order. */
const walletCommand = z.strictObject({
  do: z.literal("wallet"),
  account: z.string().regex(/^0x[0-9a-fA-F]{40}$/),
  cash: dollars,
  /** Of its dollars, to the exchange. */
  allowance: dollars,
});
const clearCommand = z.strictObject({ do: z.literal("clear") });

const fault = <Name extends string, Shape extends z.ZodRawShape>(name: Name, shape: Shape) =>
  z.strictObject({ do: z.literal(name), ...shape, forMs });

const faultCommands = [
  /** Answered so much later. */
  fault("delay", { of, ratio, ...range(LATE_MS_MAX) }),
  /** Never carried out; the connection is reset. */
  fault("loseRequest", { of, ratio }),
  /** Carried out, but the connection is reset instead of an answer. */
  fault("loseAnswer", { of, ratio }),
  /** Answered with this status; of those with 500 and 502 half are carried out all the same. */
  fault("fail", { of, ratio, status: z.literal([425, 429, 500, 502, 503]) }),
  /** Places, carried out so much later; half of the connections are reset at once. */
  fault("bookLate", { ratio, ...range(LATE_MS_MAX) }),
  /** Batches of orders: every second order is refused, though nothing is wrong with it. */
  fault("splitBatches", { ratio }),
  /** Cancels: a taker comes first, and hits one of the orders in question. */
  fault("fillCancels", { ratio }),
  /** Orders and reads of balances, judged by balances so old. */
  fault("lagBalances", { ratio, ...range(LAG_MS_MAX) }),
  /** Reads of orders and trades, answered by a replica so far behind. */
  fault("lagReads", { ratio, ...range(LAG_MS_MAX) }),
  /** What /time says, and what a request's own time is held against, beside what it is. */
  fault("skew", { tellsMs: skewMs, checksMs: skewMs }),
  /** Every connection ends at once; where a time is said, none can be had meanwhile. */
  fault("drop", { channel }),
  /** Connections stay and answer PING, but nothing else comes; then all of it at once. */
  fault("freeze", { channel }),
  /** Trades, decided when they are matched: a second try is needed, or they come to nothing. */
  fault("retryTrades", { ratio }),
  fault("failTrades", { ratio }),
  fault("loseFrames", { channel, ratio }),
  /** The same frame again, so much later. */
  fault("duplicateFrames", { channel, ratio, ...range(LATE_MS_MAX) }),
  /** So much later, so that others overtake it. */
  fault("delayFrames", { channel, ratio, ...range(LATE_MS_MAX) }),
] as const;

export const controlWire = z
  .discriminatedUnion("do", [
    modeCommand,
    limitsCommand,
    addressLimitsCommand,
    tickCommand,
    generationCommand,
    resolveCommand,
    walletCommand,
    clearCommand,
    ...faultCommands,
  ])
  .refine((command) => !("minMs" in command) || command.minMs <= command.maxMs, {
    error: "minMs is more than maxMs",
  });

export type Control = z.infer<typeof controlWire>;
/** As it is sent: what has a default may be left out. */
export type ControlSent = z.input<typeof controlWire>;
type FaultCommand = z.infer<(typeof faultCommands)[number]>;
export type FaultName = FaultCommand["do"];

/** A fault that strikes, and until when. */
export type Fault = FaultCommand & { readonly until: EpochMs | null };

export interface Conditions {
  /** Null until it is asked for: what the server began with. */
  readonly generation: Generation | null;
  readonly mode: ModeSetting;
  readonly limits: LimitSetting;
  readonly addressLimits: AddressLimitSetting;
  /** At most one of each name and kind of request or channel. */
  readonly faults: readonly Fault[];
}

export const CALM: Conditions = {
  generation: null,
  mode: NORMAL,
  limits: NO_LIMITS,
  addressLimits: NO_ADDRESS_LIMITS,
  faults: [],
};

export function controlled(before: Conditions, command: Control, now: EpochMs): Conditions {
  const conditions = { ...before, faults: before.faults.filter((one) => !isOver(one, now)) };
  switch (command.do) {
    case "clear":
      return { ...CALM, generation: conditions.generation };
    case "generation":
      return { ...conditions, generation: command.generation };
    case "mode": {
      const lasts = command.forMs ?? LASTS[command.mode];
      const until = lasts === undefined ? null : after(now, lasts);
      return { ...conditions, mode: { mode: command.mode, until } };
    }
    case "limits": {
      const { enforcement, tier } = command;
      return { ...conditions, limits: { enforcement, tier } };
    }
    case "addressLimits": {
      const { enforcement, scale } = command;
      return { ...conditions, addressLimits: { enforcement, scale } };
    }
    case "tick":
    case "resolve":
    case "wallet":
      return conditions;
    default: {
      const others = conditions.faults.filter((one) => !isSame(one, command));
      const until = command.forMs === undefined ? null : after(now, command.forMs);
      const isEnd =
        ("ratio" in command && command.ratio === 0) || (command.do === "drop" && until === null);
      return { ...conditions, faults: isEnd ? others : [...others, { ...command, until }] };
    }
  }
}

const LASTS: Partial<Record<ModeSetting["mode"], number>> = {
  restarting: RESTART_MS,
  postOnly: POST_ONLY_MS,
};

/** The faults of this name that strike now. */
export const striking = <Name extends FaultName>(
  { faults }: Conditions,
  name: Name,
  now: EpochMs,
): readonly Extract<Fault, { do: Name }>[] =>
  faults.filter((one): one is Extract<Fault, { do: Name }> => one.do === name && !isOver(one, now));

const isOver = ({ until }: Fault, now: EpochMs): boolean => until !== null && until <= now;

const isSame = (one: FaultCommand, other: FaultCommand): boolean =>
  one.do === other.do && placeOf(one) === placeOf(other);

const placeOf = (command: FaultCommand): string =>
  "channel" in command ? command.channel : "of" in command ? command.of : "";
