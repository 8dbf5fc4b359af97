import { z } from "zod";

/** A decimal, as a text or as a JSON number. */
export const textWire = z.union([z.string(), z.number().transform(String)]);
