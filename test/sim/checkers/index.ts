import type { ExecutorConfig } from "../../../src/executor/index.ts";
import { beatsWhileAlive } from "./beatsWhileAlive.ts";
import { boundedMemory } from "./boundedMemory.ts";
import { cancelReserve } from "./cancelReserve.ts";
import { capsHold } from "./capsHold.ts";
import { cashTiesOut } from "./cashTiesOut.ts";
import type { Checker } from "./checker.ts";
import { convergesOrExplains } from "./convergesOrExplains.ts";
import { everyFillOnce } from "./everyFillOnce.ts";
import { everyOrderLegal } from "./everyOrderLegal.ts";
import { everyReasonSaid } from "./everyReasonSaid.ts";
import { noOldEpoch } from "./noOldEpoch.ts";
import { noOldInput } from "./noOldInput.ts";
import { noSelfTrade } from "./noSelfTrade.ts";
import { noShort } from "./noShort.ts";
import { oneReceipt } from "./oneReceipt.ts";
import { refusalsBounded } from "./refusalsBounded.ts";
import { reservationsCover } from "./reservationsCover.ts";
import { soldIsThere } from "./soldIsThere.ts";
import { stopIsQuiet } from "./stopIsQuiet.ts";
import { withinLimits } from "./withinLimits.ts";

export { type Checker, ignoreAll } from "./checker.ts";

export const checkers = (config: ExecutorConfig): readonly Checker[] => [
  noShort(),
  soldIsThere(),
  reservationsCover(),
  capsHold(config),
  everyOrderLegal(),
  noSelfTrade(),
  everyFillOnce(),
  everyReasonSaid(),
  stopIsQuiet(),
  oneReceipt(),
  noOldEpoch(),
  noOldInput(),
  cancelReserve(),
  beatsWhileAlive(),
  boundedMemory(),
  refusalsBounded(),
  convergesOrExplains(),
  cashTiesOut(),
  withinLimits(),
];
