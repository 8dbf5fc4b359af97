/** How much the operator, or a limit of the account, lets a market do. */
/**
 * What the operator allows: quote both sides; only give up what we own; sell it all, at once,
 * within bounds; nothing, with everything cancelled and verified.
 */
export const OPERATOR_LEVELS = ["normal", "reduceOnly", "flatten", "halt"] as const;
export type OperatorLevel = (typeof OPERATOR_LEVELS)[number];
/** Of two levels the one that lets less happen. */
export const stricterLevel = (one: OperatorLevel, other: OperatorLevel): OperatorLevel =>
  OPERATOR_LEVELS.indexOf(one) > OPERATOR_LEVELS.indexOf(other) ? one : other;

/** A level, and why it was set. */
export interface LevelSetting {
  readonly level: OperatorLevel;
  readonly reason: string;
}
