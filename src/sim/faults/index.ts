export {
  type Strikes,
  type Struck,
  drawFrameDelays,
  drawLateBooking,
  drawOddId,
  drawPartialEnd,
  miningWithFaults,
  settlementWithFaults,
  drawnMs,
  PRICE_FACTORS,
  isOf,
  isOn,
  scopeOf,
  strikesAmong,
} from "./draws.ts";
export { LASTING_REFUSALS, ORDER_REFUSALS, REQUEST_REFUSALS, anyRefusal } from "./refusals.ts";
export {
  CHANNELS,
  type Channel,
  type DrawnFault,
  type DrawnFaultOf,
  type InProcessFault,
  LASTING_REASONS,
  REQUEST_KINDS,
  type RecurringFault,
  type RequestKind,
  noFaults,
} from "./vocabulary.ts";
