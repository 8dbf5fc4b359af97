/** Addresses of the venue and of its reference, and whether they stay on this machine. */
import { isLoopbackHost } from "../../../types/index.ts";

export interface Addresses {
  readonly rest: string;
  readonly gamma: string;
  readonly marketSocket: string;
  readonly userSocket: string;
  readonly binanceRest: string;
  readonly binanceSocket: string;
  /** Null without one: a window is then traded once Gamma publishes its strike. */
  readonly priceSocket: string | null;
}

export const isLoopbackUrl = (url: URL): boolean => isLoopbackHost(url.hostname);

export const urlsOf = (addresses: object): readonly URL[] =>
  Object.values(addresses).flatMap((each) => (typeof each === "string" ? [new URL(each)] : []));

export const areLoopbackAddresses = (addresses: Addresses): boolean =>
  urlsOf(addresses).every(isLoopbackUrl);
