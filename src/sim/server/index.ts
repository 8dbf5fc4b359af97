export {
  type Endpoints,
  endpointsAt,
  isLoopback,
  type VenueServer,
  venueServer,
  type VenueServerOptions,
} from "./server.ts";
export type { Generation } from "./windows.ts";
