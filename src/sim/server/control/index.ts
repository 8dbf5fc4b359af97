export { type Callers, NO_ADDRESS_LIMITS, throttled } from "./addressLimits.ts";
export { CHANNELS, type Channel } from "../../faults/index.ts";
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
  drawRequestFaults,
  drawTradeFaults,
  isSilenced,
  skewsOf,
} from "./faultDraws.ts";
export { type Buckets, type Cost, paidAfterwards, tierRecord, weighed } from "./limits.ts";
export { POST_ONLY, admits, modeAt, modeRefusal, postOnlyRefusal } from "./modes.ts";
export { parseScript } from "./script.ts";
