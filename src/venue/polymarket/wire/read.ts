/**
 * Schemas of fields that are read. A number and its decimal text are the same; whatever else stands
 * there costs only what needs it.
 */
import { z } from "zod";

export const textWire = z.union([z.string(), z.number().transform(String)]);
export const numberWire = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d*\.?\d+$/)
    .transform(Number),
]);
/** In a unit and a spelling that `parseEpochMs` tells apart. */
export const timeWire = z.union([z.number(), z.string()]);

/** "" where it is missing or malformed. */
export const textOrBlank = textWire.catch("");
/** Null where it is missing or malformed. */
export const textOrNull = textWire.nullable().catch(null);
export const numberOrNull = numberWire.nullable().catch(null);
export const flagOrNull = z.boolean().nullable().catch(null);

/** Condition id; where it is missing the token alone tells the market. */
export const marketWire = z.string().nullable().catch(null);
