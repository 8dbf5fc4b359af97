/** Taker fees [protocol 7.8]; makers pay nothing. */
import {
  DOLLAR_BP,
  microUsdc,
  type MicroShares,
  type MicroUsdc,
  NO_USDC,
  type PriceBp,
} from "../../types/index.ts";

export interface FeeSchedule {
  /** Basis points: 700 for crypto. */
  readonly rateBp: number;
  /** A whole number, 1 or more. */
  readonly exponent: number;
}

/** Of crypto markets. [protocol 7.8] */
export const CRYPTO_FEE_BP = 700;

/** Fees are whole hundred-thousandths of a dollar, which are ten micro-dollars. */
const STEP = 10n;

/** shares × rate × (p × (1 - p))^exponent, rounded down to five decimals, for one fill. */
export function takerFee(fee: FeeSchedule | null, price: PriceBp, size: MicroShares): MicroUsdc {
  if (!fee) return NO_USDC;
  const dollar = BigInt(DOLLAR_BP);
  const exponent = BigInt(fee.exponent);
  const variance = BigInt(price * (DOLLAR_BP - price)) ** exponent;
  const scale = dollar * (dollar * dollar) ** exponent;
  const steps = (BigInt(size) * BigInt(fee.rateBp) * variance) / (scale * STEP);
  return microUsdc(Number(steps * STEP));
}
