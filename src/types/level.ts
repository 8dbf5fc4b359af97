/** How much the operator, or a limit of the account, lets a market do. */
/**
 * What the operator allows: quote both sides; only give up what we own; sell it all, at once,
 * within bounds; nothing, with everything cancelled and verified.
 */
export const OPERATOR_LEVELS = ["normal", "reduceOnly", "flatten", "halt"] as const;
export type OperatorLevel = (typeof OPERATOR_LEVELS)[number];
/** A level, and why it was set. */
export interface LevelSetting {
  readonly level: OperatorLevel;
  readonly reason: string;
}
