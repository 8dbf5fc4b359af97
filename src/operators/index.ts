/** Domain-free RxJS operators. */
export { concatMapLanes, type Lane } from "./concatMapLanes.ts";
export {
  concatMapPreemptible,
  type DisplacedStage,
  type PreemptibleOptions,
} from "./concatMapPreemptible.ts";
export { debounceWithin } from "./debounceWithin.ts";
export { delayedInOrder } from "./delayedInOrder.ts";
export { latest, type Latest } from "./latest.ts";
export { type Delivered, observeInSlices, type SliceOptions } from "./observeInSlices.ts";
export { paced, type PaceOptions } from "./paced.ts";
export { type BucketSize, permits, type Permits } from "./permits.ts";
export { type Loss, reconnecting } from "./reconnecting.ts";
export { rotating } from "./rotating.ts";
export { routed } from "./routed.ts";
export { slots } from "./slots.ts";
export { spread } from "./spread.ts";
