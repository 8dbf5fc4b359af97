/** The addresses at which the venue is served: everything is on one port. */
import type { AddressInfo } from "node:net";

/** For a client's configuration. */
export interface Endpoints {
  readonly rest: string;
  readonly gamma: string;
  readonly marketSocket: string;
  readonly userSocket: string;
  readonly binanceRest: string;
  readonly binanceSocket: string;
  readonly priceSocket: string;
  readonly port: number;
}

/** `at` is a host and a port, as a URL has them. */
export function endpointsAt(at: string): Endpoints {
  return {
    rest: `http://${at}`,
    gamma: `http://${at}/gamma`,
    marketSocket: `ws://${at}/ws/market`,
    userSocket: `ws://${at}/ws/user`,
    priceSocket: `ws://${at}/prices/ws`,
    binanceRest: `http://${at}`,
    binanceSocket: `ws://${at}`,
    port: Number(at.slice(at.lastIndexOf(":") + 1)),
  };
}

/** `address` is that of a server which is listening. */
export function endpointsOf(host: string, address: string | AddressInfo | null): Endpoints {
  const port = typeof address === "object" && address ? address.port : 0;
  return endpointsAt(`${host.includes(":") ? `[${host}]` : host}:${port}`);
}
