export { parseScript } from "./control/index.ts";
export type { ControlSent } from "./control/index.ts";
export { endpointsAt, type Endpoints } from "./endpoints.ts";
export { type Scenario, type VenueServer, venueServer, type VenueServerOptions } from "./server.ts";
export {
  type Generation,
  rollingWindows,
  SERVED_SERIES,
  type WindowSeries,
} from "./state/index.ts";
