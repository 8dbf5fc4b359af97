/** The commands of `POST /control`, and the conditions at the venue after them. */
import { z } from "zod";
import { after, type EpochMs, TOKENS } from "../../../types/index.ts";
import {
  CHANNELS,
  type DrawnFault,
  LASTING_REASONS,
  REQUEST_KINDS,
  scopeOf,
} from "../../faults/index.ts";
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

const milliseconds = (max: number) => z.int().min(0).max(max);
/** Absent: until the same is set again or cleared. */
const forMs = milliseconds(SETTING_MS_MAX).min(1).optional();
/** The share of the requests, frames or trades concerned; 0 ends the fault. */
const ratio = z.number().min(0).max(1);
const range = (max: number) => ({ minMs: milliseconds(max), maxMs: milliseconds(max) });
const of = z.enum(REQUEST_KINDS).default("all");
const channel = z.enum(CHANNELS);
const skewMs = z.int().min(-SETTING_MS_MAX).max(SETTING_MS_MAX).default(0);

const modeCommand = z.strictObject({
  do: z.literal("mode"),
  mode: z.enum(VENUE_MODES),
  forMs,
  /** Whether every resting order ends, which the venue does not document of its restarts. */
  wipes: z.boolean().default(false),
});
const limitsCommand = z.strictObject({
  do: z.literal("limits"),
  enforcement: z.enum(ENFORCEMENTS),
  tier: z.enum(TIER_NAMES).default("standard"),
});
/** Limits of each network address; `scale` multiplies every one of them. */
const addressLimitsCommand = z.strictObject({
  do: z.literal("addressLimits"),
  enforcement: z.enum(ADDRESS_ENFORCEMENTS),
  scale: z.number().gt(0).max(1).default(1),
});
/** The tick of the windows that run. */
const tickCommand = z.strictObject({
  do: z.literal("tick"),
  tick: z.enum(["0.1", "0.01", "0.005", "0.0025", "0.001", "0.0001"]),
});
const dollars = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,6})?$/)
  .optional();
/** The generation of windows listed or opened from then on; open windows keep their generation. */
const generationCommand = z.strictObject({
  do: z.literal("generation"),
  generation: z.enum(GENERATIONS),
});
/** Ends every running window at once, with this winner. */
const resolveCommand = z.strictObject({ do: z.literal("resolve"), winner: z.enum(TOKENS) });
/** Sets the dollars of a signer's account, without any order. */
const walletCommand = z.strictObject({
  do: z.literal("wallet"),
  account: z.string().regex(/^0x[0-9a-fA-F]{40}$/),
  cash: dollars,
  /** How many of the dollars the exchange may take. */
  allowance: dollars,
});
/** Every API key is forgotten; what is derived from then on is another. */
const rotateKeysCommand = z.strictObject({ do: z.literal("rotateKeys") });
/** Binance's streams are told that the server shuts down; those that were told end `forMs` later. */
const shutdownCommand = z.strictObject({
  do: z.literal("shutdown"),
  forMs: milliseconds(LATE_MS_MAX),
});
const clearCommand = z.strictObject({ do: z.literal("clear") });

const fault = <Name extends string, Shape extends z.ZodRawShape>(name: Name, shape: Shape) =>
  z.strictObject({ do: z.literal(name), ...shape, forMs });

/** Those with a ratio are described in `sim/faults/vocabulary.ts`. */
const faultCommands = [
  fault("delay", { of, ratio, ...range(LATE_MS_MAX) }),
  fault("loseRequest", { of, ratio }),
  fault("loseAnswer", { of, ratio }),
  fault("fail", { of, ratio, status: z.literal([401, 425, 429, 500, 502, 503]) }),
  fault("bookLate", { ratio, ...range(LATE_MS_MAX) }),
  fault("splitBatches", { ratio }),
  fault("fillCancels", { ratio }),
  fault("lagBalances", { ratio, ...range(LAG_MS_MAX) }),
  fault("lagReads", { ratio, ...range(LAG_MS_MAX) }),
  fault("retryTrades", { ratio }),
  fault("failTrades", { ratio }),
  fault("reverseTrades", { ratio }),
  fault("delayCalls", { ratio, ...range(SETTING_MS_MAX) }),
  fault("failCalls", { ratio }),
  fault("loseCalls", { ratio }),
  fault("endPartlyMatched", { ratio }),
  fault("endAsMatched", { ratio }),
  fault("lagBooks", { ratio, ...range(LAG_MS_MAX) }),
  fault("ghostBooks", { ratio }),
  fault("oddPrices", { ratio }),
  fault("contradictTrades", { ratio }),
  fault("oddIds", { ratio }),
  fault("oddTicks", { ratio }),
  fault("sparseFrames", { ratio }),
  fault("driftFields", { ratio }),
  fault("loseFrames", { channel, ratio }),
  fault("duplicateFrames", { channel, ratio, ...range(LATE_MS_MAX) }),
  fault("delayFrames", { channel, ratio, ...range(LATE_MS_MAX) }),
  /** `/time` answers with a clock that is off by `tellsMs`; requests are checked against `checksMs`. */
  fault("skew", { tellsMs: skewMs, checksMs: skewMs }),
  /** Every connection of the channel ends; with `forMs`, none can be opened meanwhile. */
  fault("drop", { channel }),
  /** Everything that the reason concerns is refused for it. */
  fault("refuseAll", { reason: z.enum(LASTING_REASONS) }),
  /** Connections answer PING and nothing else; the frames follow when the freeze is over. */
  fault("freeze", { channel }),
  /** The reference's quotes are silent while its other streams go on; nothing follows. */
  fault("mute", {}),
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
    rotateKeysCommand,
    shutdownCommand,
    clearCommand,
    ...faultCommands,
  ])
  .refine((command) => !("minMs" in command) || command.minMs <= command.maxMs, {
    error: "minMs is more than maxMs",
  });

export const COMMANDS: readonly string[] = controlWire.options.map(({ shape }) => shape.do.value);

export type Control = z.infer<typeof controlWire>;
/** As a client sends it: fields with a default may be absent. */
export type ControlSent = z.input<typeof controlWire>;
type FaultCommand = z.infer<(typeof faultCommands)[number]>;
export type FaultName = FaultCommand["do"];

/** A fault that is set, until when; null until cleared. */
export type Fault = FaultCommand & { readonly until: EpochMs | null };

export interface Conditions {
  /** Null: the one the server was started with. */
  readonly generation: Generation | null;
  readonly mode: ModeSetting;
  readonly limits: LimitSetting;
  readonly addressLimits: AddressLimitSetting;
  /** At most one for each name and scope. */
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
    case "rotateKeys":
    case "shutdown":
      return conditions;
    default: {
      const others = conditions.faults.filter((one) => !isSame(one, command));
      const until = command.forMs === undefined ? null : after(now, command.forMs);
      // A drop without an end closes the connections once and is not a condition that lasts.
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

/** The drawn faults that are set now. */
export const drawnFaults = ({ faults }: Conditions, now: EpochMs): readonly DrawnFault[] =>
  faults.filter((one) => "ratio" in one).filter((one) => !isOver(one, now));

/** The settings of one fault now. */
export const striking = <Name extends FaultName>(
  { faults }: Conditions,
  name: Name,
  now: EpochMs,
): readonly Extract<Fault, { do: Name }>[] =>
  faults.filter((one): one is Extract<Fault, { do: Name }> => one.do === name && !isOver(one, now));

const isOver = ({ until }: Fault, now: EpochMs): boolean => until !== null && until <= now;

const isSame = (one: FaultCommand, other: FaultCommand): boolean =>
  one.do === other.do && scopeOf(one) === scopeOf(other);
