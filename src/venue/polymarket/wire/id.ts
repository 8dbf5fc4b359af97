import { z } from "zod";
import { ID_LENGTH_MAX } from "../../../types/index.ts";

/** Any text of the venue that names something. */
export const idWire = z.string().min(1).max(ID_LENGTH_MAX);
