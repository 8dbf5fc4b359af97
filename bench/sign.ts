/** From a ticket to a signed order, and on to a request that is ready to leave. */
import { createHmac } from "node:crypto";
import { concatBytes } from "@noble/hashes/utils.js";
import { type OrderTicket, epochMs, orderId, priceBp } from "../src/types/index.ts";
import { type VenueRequest, placeRequest } from "../src/venue/polymarket/http/encode.ts";
import {
  type Identity,
  type LoadSigner,
  SIGNERS,
  type SignedOrder,
  type Signer,
  exchangeOf,
  l2Headers,
  orderHasher,
  orderOf,
  requestText,
  signOrder,
} from "../src/venue/polymarket/index.ts";
import { CREDENTIALS, buyYes, identityOf } from "./account.ts";
import { type Figure, figure, timed } from "./figure.ts";
import { OfficialClient } from "./official.ts";

const PRICE = priceBp(4_900);
const DOLLARS = 0.49;
const PEER = "peer: @polymarket/clob-client-v2";
const FLOOR = "floor: one signature and two hashes of prepared bytes";
/** Never connected to. */
const NOWHERE = "http://127.0.0.1:9";

const official = new OfficialClient(NOWHERE, () => false);

export async function* signFigures(): AsyncGenerator<Figure> {
  for (const [name, load] of SIGNERS) {
    const signer = await orNull(load);
    if (signer === null) {
      process.stderr.write(`sign.${name}: its library is not installed here\n`);
      continue;
    }
    const steps = orderStepsOf(signer);
    await signsAlike(steps);
    const { ours, floor, peer } = await timed({
      ours: () => steps.signed(buyYes(PRICE, 1)),
      floor: steps.bare,
      peer: () => official.buyYes(DOLLARS),
    });
    yield figure(`sign.${name}`, "us", ours, { [FLOOR]: floor, [PEER]: peer });
  }
}

/** With the fastest signing library that is installed. */
export async function* orderFigures(): AsyncGenerator<Figure> {
  const steps = orderStepsOf(await fastest());
  const ticket = buyYes(PRICE, 1);
  const signed = steps.signed(ticket);
  const request = steps.request(ticket, signed);
  const { ready, peer, bare, id, sign, json, headers, hmac } = await timed({
    ready: () => steps.ready(ticket),
    peer: async () => official.send(await official.buyYes(DOLLARS)),
    bare: steps.bare,
    id: () => steps.id(ticket),
    sign: () => steps.signed(ticket),
    json: () => steps.request(ticket, signed),
    headers: () => steps.headers(request),
    hmac: hmacOf(requestText(request, ticket.createdAt)),
  });
  yield figure("order.ready", "us", ready, { [FLOOR]: bare, [PEER]: peer });
  const whole = { "the whole of order.ready": ready };
  yield figure("order.ready.id", "us", id, whole);
  yield figure("order.ready.sign", "us", sign, whole);
  yield figure("order.ready.json", "us", json, whole);
  yield figure("order.ready.headers", "us", headers, {
    ...whole,
    "floor: the HMAC by OpenSSL": hmac,
  });
}

/** What an HTTP client needs. */
interface Ready extends Pick<VenueRequest, "method" | "path" | "body"> {
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The steps from a ticket to a request, as in `polymarketVenue`. */
interface OrderSteps {
  readonly identity: Identity;
  readonly id: (ticket: OrderTicket) => string;
  readonly signed: (ticket: OrderTicket) => SignedOrder;
  readonly request: (ticket: OrderTicket, signed: SignedOrder) => VenueRequest;
  readonly headers: (request: VenueRequest) => Readonly<Record<string, string>>;
  /** All steps; the id is known before anything is sent. */
  readonly ready: (ticket: OrderTicket) => Ready;
  /** The least that makes a signature, of prepared bytes. */
  readonly bare: () => Uint8Array;
}

export function orderStepsOf(signer: Signer): OrderSteps {
  const identity = identityOf(signer);
  const { account, key } = identity;
  const credentials = identity.credentials.read();
  const hasher = orderHasher(signer.keccak256, exchangeOf("2", false));
  const signed = (ticket: OrderTicket): SignedOrder =>
    signOrder(signer, hasher, key, orderOf(account, ticket));
  const request = (ticket: OrderTicket, order: SignedOrder): VenueRequest => {
    const leg = { orderId: orderId(""), ticket, epoch: { account: 0, market: 0 }, liveAfter: 1 };
    return placeRequest([{ leg, signed: order }], credentials.apiKey);
  };
  const id = (ticket: OrderTicket): string => hasher.orderId(orderOf(account, ticket));
  const headers: OrderSteps["headers"] = (asked) => ({
    ...l2Headers(account.owner, credentials, asked, buyYes(PRICE, 1).createdAt).reveal(),
    "content-type": "application/json",
  });
  // An order's struct is twelve words of 32 bytes; its digest is of 2 bytes, the domain and a hash.
  const struct = new Uint8Array(12 * 32).fill(7);
  const prefix = new Uint8Array(2 + 32).fill(7);
  return {
    identity,
    id,
    signed,
    request,
    headers,
    ready: (ticket) => {
      const known = id(ticket);
      const asked = request(ticket, signed(ticket));
      const { method, path, body } = asked;
      return { id: known, method, path, body, headers: headers(asked) };
    },
    bare: () => signer.sign(signer.keccak256(concatBytes(prefix, signer.keccak256(struct))), key),
  };
}

/** Checks that the venue's client signs the same order. */
async function signsAlike({ identity, signed }: OrderSteps): Promise<void> {
  const theirs = await official.buyYes(DOLLARS);
  const ours = signed({
    ...buyYes(PRICE, Number(theirs.salt)),
    createdAt: epochMs(Number(theirs.timestamp)),
  });
  if (ours.signature !== theirs.signature) {
    throw new Error(`${identity.signer.name} and the venue's client sign differently`);
  }
}

export async function fastest(): Promise<Signer> {
  for (const [, load] of SIGNERS) {
    const signer = await orNull(load);
    if (signer !== null) return signer;
  }
  throw new Error("no signing library is installed");
}

async function orNull(load: LoadSigner): Promise<Signer | null> {
  try {
    return await load();
  } catch {
    return null;
  }
}

function hmacOf(text: string): () => string {
  const key = Buffer.from(CREDENTIALS.secret, "base64url");
  return () => createHmac("sha256", key).update(text).digest("base64");
}
