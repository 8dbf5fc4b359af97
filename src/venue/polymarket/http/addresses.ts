/** Where a real venue and its reference are reached. */
import { isLoopbackHost } from "../../../types/index.ts";

/** Where each part of the venue, and the reference, answers. */
export interface Addresses {
  readonly rest: string;
  readonly gamma: string;
  readonly marketSocket: string;
  readonly userSocket: string;
  readonly binanceRest: string;
  readonly binanceSocket: string;
  /** Null where there is none: a window waits until the venue itself says what it has to beat. */
  readonly priceSocket: string | null;
}

export const isLoopbackUrl = (url: URL): boolean => isLoopbackHost(url.hostname);

export const urlsOf = (addresses: object): readonly URL[] =>
  Object.values(addresses).flatMap((each) => (typeof each === "string" ? [new URL(each)] : []));

export const areLoopbackAddresses = (addresses: Addresses): boolean =>
  urlsOf(addresses).every(isLoopbackUrl);
