/** What whoever runs the venue can ask of it: its mode and its limits. */
import { z } from "zod";
import { after, type EpochMs } from "../../types/index.ts";
import { SETTING_MS_MAX } from "./bounds.ts";
import { ENFORCEMENTS, type LimitSetting, NO_LIMITS, TIER_NAMES } from "./limits.ts";
import { type ModeSetting, NORMAL, POST_ONLY_MS, RESTART_MS, VENUE_MODES } from "./modes.ts";

const modeCommand = z.strictObject({
  do: z.literal("mode"),
  mode: z.enum(VENUE_MODES),
  forMs: z.int().min(1).max(SETTING_MS_MAX).optional(),
  /** Whether every resting order is gone, which a restart may or may not do. */
  wipes: z.boolean().default(false),
});
const limitsCommand = z.strictObject({
  do: z.literal("limits"),
  enforcement: z.enum(ENFORCEMENTS),
  tier: z.enum(TIER_NAMES).default("standard"),
});
const clearCommand = z.strictObject({ do: z.literal("clear") });

export const controlWire = z.discriminatedUnion("do", [modeCommand, limitsCommand, clearCommand]);
export type Control = z.infer<typeof controlWire>;

export interface Conditions {
  readonly mode: ModeSetting;
  readonly limits: LimitSetting;
}

export const CALM: Conditions = { mode: NORMAL, limits: NO_LIMITS };

export function controlled(conditions: Conditions, command: Control, now: EpochMs): Conditions {
  switch (command.do) {
    case "clear":
      return CALM;
    case "mode": {
      const lasts = command.forMs ?? LASTS[command.mode];
      const until = lasts === undefined ? null : after(now, lasts);
      return { ...conditions, mode: { mode: command.mode, until } };
    }
    case "limits": {
      const { enforcement, tier } = command;
      return { ...conditions, limits: { enforcement, tier } };
    }
  }
}

const LASTS: Partial<Record<ModeSetting["mode"], number>> = {
  restarting: RESTART_MS,
  postOnly: POST_ONLY_MS,
};
