/** Signed requests that were carried out: a copy of one is refused for as long as its time is taken. */
import type { EpochMs } from "../../../types/index.ts";
import { entryOf, latestEntries, withEntries } from "../../exchange/index.ts";
import { REPEAT_MS_MAX, SIGNATURES_MAX } from "../state/index.ts";
import type { Registry } from "./registry.ts";
import type { ClientRequest, RequestContext } from "./request.ts";

type Line = Pick<ClientRequest, "method" | "headers">;
type Known = Pick<RequestContext, "registry" | "now">;

/**
 * The time in a signature is in whole seconds, so a client that cancels or beats twice within one
 * sends the same again, which is taken; an order's own id makes it a duplicate. Reads change nothing.
 */
export const isReplayed = (cameAt: EpochMs | null, now: EpochMs): boolean =>
  cameAt !== null && now - cameAt > REPEAT_MS_MAX;

/** When a request with this signature was first carried out; null where none was. */
export const cameBefore = (request: Line, { signatures }: Registry): EpochMs | null =>
  entryOf(signatures, signatureOf(request)) ?? null;

/** For a signature that is new. */
export function withSignature(request: Line, { registry, now }: Known): Registry {
  if (request.method === "GET") return registry;
  const signature = signatureOf(request);
  const signatures = withEntries(registry.signatures, new Map([[signature, now]]));
  return { ...registry, signatures: latestEntries(signatures, SIGNATURES_MAX) };
}

const signatureOf = ({ headers }: Line): string => headers.get("poly_signature") ?? "";
