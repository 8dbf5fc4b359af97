import { z } from "zod";

/** GET /auth/ban-status/closed-only [protocol 3.9] */
export const closedOnlyWire = z.object({ closed_only: z.boolean() });

/** GET /v1/user/rate-limit-tier; no answer of the real venue is recorded. [protocol 3.9, 5.2] */
export const rateTierWire = z.object({ tier: z.string().nullish().catch(null) });
