export type { ControlSent } from "./conditions.ts";
export {
  endpointsAt,
  isLoopback,
  type Endpoints,
  type Scenario,
  type VenueServer,
  venueServer,
  type VenueServerOptions,
} from "./server.ts";
export { type Generation, rollingWindows, SERVED_SERIES, type WindowSeries } from "./windows.ts";
