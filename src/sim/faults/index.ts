export {
  type Delivery,
  type FaultDraws,
  type Faults,
  type FeedLoss,
  faultDraws,
  noFaults,
} from "./faults.ts";
