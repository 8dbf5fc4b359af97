import type { Checker } from "./checker.ts";
import { converges } from "./converges.ts";
import { everyFillOnce } from "./everyFillOnce.ts";
import { noShort } from "./noShort.ts";
import { oneReceipt } from "./oneReceipt.ts";
import { stopIsQuiet } from "./stopIsQuiet.ts";

export type { Checker } from "./checker.ts";

export const checkers = (): readonly Checker[] => [
  noShort(),
  everyFillOnce(),
  stopIsQuiet(),
  oneReceipt(),
  converges(),
];
