/** The one variable that holds the venue's state. */
import { INITIAL_VENUE_STATE, type VenueState } from "./venueState.ts";

export interface StateHolder {
  readonly state: () => VenueState;
  readonly update: (change: (state: VenueState) => VenueState) => void;
}

export function createStateHolder(): StateHolder {
  let state = INITIAL_VENUE_STATE;
  return {
    state: () => state,
    update: (change) => {
      state = change(state);
    },
  };
}
