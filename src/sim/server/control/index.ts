export { CHANNELS, type Channel } from "../../faults/index.ts";
export { type AddressUsages, NO_ADDRESS_LIMITS, throttled } from "./addressLimits.ts";
export {
  CALM,
  type Conditions,
  type Control,
  type ControlSent,
  controlWire,
  controlled,
} from "./conditions.ts";
export {
  NO_REQUEST_FAULTS,
  type RequestFaults,
  drawFrameDelaysMs,
  drawPartialEndNow,
  drawRequestFaults,
  drawMiningFaults,
  drawTradeFaults,
  isSilenced,
  skewsOf,
} from "./faultDraws.ts";
export { isLoginRefused, lastingRefusal } from "./lasting.ts";
export { type Buckets, type Cost, chargedAfterwards, tierRecord, charged } from "./limits.ts";
export { POST_ONLY, admits, modeAt, modeRefusal, postOnlyRefusal } from "./modes.ts";
export { parseScript } from "./script.ts";
export { drawFrameTexts } from "./frameFaults.ts";
export { drifted } from "./fieldDrift.ts";
