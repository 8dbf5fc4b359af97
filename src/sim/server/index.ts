export type { ControlSent } from "./conditions.ts";
export {
  type Endpoints,
  endpointsAt,
  isLoopback,
  type ServedEndpoints,
  type Scenario,
  type VenueServer,
  venueServer,
  type VenueServerOptions,
} from "./server.ts";
export type { Generation } from "./windows.ts";
