/**
 * Checks `src/venue/polymarket/sign` against files of signing vectors: recomputes every value that
 * a vector states from its input, with every signer.
 */
import { z } from "zod";
import {
  type Amounts,
  type Credentials,
  type Exchange,
  ORDER_TYPE,
  type Order,
  POLYGON,
  type PlainCredentials,
  type PrivateKey,
  type Signer,
  addressOf,
  clobAuthDigest,
  exchangeOf,
  isOrder,
  l1Headers,
  l2Headers,
  limitAmounts,
  marketBuyAmounts,
  orderHasher,
  recoverOwner,
  parseAddress,
  parseCredentials,
  parsePrivateKey,
  requestText,
  signOrder,
} from "../../../../src/venue/polymarket/index.ts";
import {
  DOLLAR_BP,
  epochMs,
  formatMicro,
  microShares,
  parseMicroShares,
  parseMicroUsdc,
  parsePriceBp,
} from "../../../../src/types/index.ts";
import { type Message, digest, domainSeparator, structHash, typeStringOf } from "./typedData.ts";

/** One vector and how the recomputed values differ from it; none if it passes. */
export interface Checked {
  readonly name: string;
  readonly problems: readonly string[];
}

/** Null where the text is not JSON or contains no signing vectors. */
export function checkVectors(text: string, signers: readonly Signer[]): readonly Checked[] | null {
  const file = fileWire.safeParse(parsed(text)).data;
  if (!file) return null;
  const cases: readonly (readonly [name: string, vector: unknown])[] = [
    ...named("vector", file.vectors),
    ...Object.entries(file.ticks).map(([tick, it]) => [`tick ${tick}`, { tick, it }] as const),
    ...named("limit case", file.limitCases),
    ...named("market case", file.marketCases),
  ];
  if (!cases.some(([, vector]) => kindOf(vector))) return null;
  return cases.map(([name, vector]) => check(name, vector, signers));
}

const list = z.array(z.unknown()).default([]);
const fileWire = z.object({
  vectors: list,
  ticks: z.record(z.string(), z.unknown()).default({}),
  limitCases: list,
  marketCases: list,
});
const side = z.enum(["BUY", "SELL"]);
const headers = z.record(z.string(), z.string());
const message = z.record(z.string(), z.union([z.string(), z.number()]));

const orderWire = z.object({
  input: z.object({
    orderVersion: z.union([z.literal(1), z.literal(2), z.literal(3)]),
    kind: z.enum(["limit", "market"]),
    tokenID: z.string(),
    side,
    price: z.number(),
    /** Shares of a limit order. */
    size: z.number().optional(),
    /** Shares of a market SELL, dollars of a market BUY. */
    amount: z.number().optional(),
    tickSize: z.string(),
    negRisk: z.boolean(),
    orderType: z.enum(["GTC", "GTD", "FAK", "FOK"]),
    postOnly: z.boolean(),
    deferExec: z.literal(false),
    signatureType: z.number(),
    funder: z.string().optional(),
    /** Of a retired order: who alone may take it. */
    taker: z.string().optional(),
    /** Seconds. */
    expiration: z.number().default(0),
    metadata: z.string().default(`0x${"0".repeat(64)}`),
    builder: z.string().default(`0x${"0".repeat(64)}`),
    nonce: z.number().default(0),
    feeRateBps: z.number().default(0),
  }),
  fixed: z.object({
    privateKey: z.string(),
    eoa: z.string(),
    nowMs: z.number(),
    salt: z.string(),
    apiKey: z.string(),
    apiSecret: z.string(),
    apiPassphrase: z.string(),
    l2Timestamp: z.number(),
  }),
  typedData: z.object({
    domain: z.object({
      name: z.string(),
      version: z.string(),
      chainId: z.number(),
      verifyingContract: z.string(),
    }),
    primaryType: z.literal("Order"),
    typeString: z.string(),
    message,
  }),
  expected: z.object({
    makerAmount: z.string(),
    takerAmount: z.string(),
    domainSeparator: z.string(),
    structHash: z.string(),
    orderDigest: z.string(),
    orderID: z.string(),
    signingDigest: z.string(),
    signature: z.string(),
    postBody: z.unknown(),
    postBodyJson: z.string(),
    l2Headers: headers,
  }),
});
type OrderVector = z.infer<typeof orderWire>;

const l1Wire = z.object({
  level: z.literal("L1"),
  input: z.object({
    privateKey: z.string(),
    address: z.string(),
    chainId: z.number(),
    timestamp: z.number(),
    nonce: z.number(),
  }),
  typedData: z.object({
    domain: message,
    primaryType: z.literal("ClobAuth"),
    types: z.object({ ClobAuth: z.array(z.object({ name: z.string(), type: z.string() })) }),
    message,
  }),
  expected: z.object({ digest: z.string(), signature: z.string(), headers }),
});

const l2Wire = z.object({
  level: z.literal("L2"),
  input: z.object({
    privateKey: z.string(),
    address: z.string(),
    apiKey: z.string(),
    secret: z.string(),
    passphrase: z.string(),
    timestamp: z.number(),
    method: z.string(),
    requestPath: z.string(),
    body: z.string().nullable(),
  }),
  expected: z.object({
    stringToSign: z.string(),
    secretBytesHex: z.string(),
    signature: z.string(),
    headers,
  }),
});

const limitCaseWire = z.object({
  side,
  price: z.string(),
  size: z.string(),
  tick: z.string(),
  makerAmount: z.string(),
  takerAmount: z.string(),
});

const marketCaseWire = z.object({
  side: z.literal("BUY"),
  amountUsd: z.string(),
  maxPrice: z.string(),
  tick: z.string(),
  makerAmount: z.string(),
  takerAmountDocs: z.string(),
  takerAmountClobClientV2: z.string(),
});

const tickWire = z.object({ tick: z.string(), it: z.tuple([z.number(), z.number(), z.number()]) });

/** The shape of one kind of vector, and how it is checked. */
type Kind = (vector: unknown, ask: Ask, signers: readonly Signer[]) => string | null;
type Ask = (what: string, expected: unknown, got: unknown) => void;

const kind =
  <Vector>(wire: z.ZodType<Vector>, run: (it: Vector, ask: Ask, by: readonly Signer[]) => void) =>
  (vector: unknown, ask: Ask, signers: readonly Signer[]): string | null => {
    const read = wire.safeParse(vector);
    if (read.success) run(read.data, ask, signers);
    return read.success ? null : z.prettifyError(read.error).replaceAll("\n", " ");
  };

const everySigner =
  <Vector>(run: (vector: Vector, ask: Ask, signer: Signer) => void) =>
  (vector: Vector, ask: Ask, signers: readonly Signer[]): void => {
    for (const signer of signers) {
      run(vector, (what, expected, got) => ask(`${what} (${signer.name})`, expected, got), signer);
    }
  };

function kindOf(vector: unknown): Kind | null {
  if (typeof vector !== "object" || vector === null) return null;
  if ("level" in vector) {
    return vector.level === "L1" ? kind(l1Wire, everySigner(l1)) : kind(l2Wire, everySigner(l2));
  }
  if ("fixed" in vector) return kind(orderWire, everySigner(orderVector));
  if ("takerAmountDocs" in vector) return kind(marketCaseWire, marketCase);
  if ("makerAmount" in vector) return kind(limitCaseWire, limitCase);
  return "tick" in vector ? kind(tickWire, tickCase) : null;
}

function check(name: string, vector: unknown, signers: readonly Signer[]): Checked {
  const problems: string[] = [];
  const ask: Ask = (what, expected, got) => {
    const [one, other] = [canonical(expected), canonical(got)];
    if (one !== other) problems.push(`${what}: expected ${one}, got ${other}`);
  };
  try {
    const checkKind = kindOf(vector);
    const unread = checkKind ? checkKind(vector, ask, signers) : "of no kind that is checked";
    if (unread !== null) problems.push(`not in the shape of a vector: ${unread}`);
  } catch (error) {
    problems.push(`threw ${String(error)}`);
  }
  return { name, problems };
}

function orderVector(vector: OrderVector, ask: Ask, signer: Signer): void {
  const { input, fixed, typedData, expected } = vector;
  const key = privateKey(fixed.privateKey);
  const owner = addressOf(signer, key);
  ask("eoa", fixed.eoa, owner);

  ask("on the grid", true, onGrid(input.tickSize, String(input.price)));
  const amounts = amountsOf(vector);
  ask("makerAmount", expected.makerAmount, String(amounts.makerAmount));
  ask("takerAmount", expected.takerAmount, String(amounts.takerAmount));

  const separator = domainSeparator(typedData.domain);
  const struct = structHash(typedData.typeString, typedData.message);
  ask("domainSeparator of typedData", expected.domainSeparator, separator);
  ask("structHash of typedData", expected.structHash, struct);
  ask("orderDigest of typedData", expected.orderDigest, digest(separator, struct));

  const make = input.orderVersion === 1 ? retired : current;
  const { json, ...hashes } = make(vector, amounts, signer, key, ask);
  for (const [what, got] of Object.entries(hashes)) {
    ask(what, Object.entries(expected).find(([name]) => name === what)?.[1], got);
  }
  ask("postBodyJson", expected.postBodyJson, json);
  ask("postBody", expected.postBody, parsed(json));
  const { apiKey: id, apiSecret: secret, apiPassphrase: passphrase } = fixed;
  const request = { method: "POST", path: "/order", body: json };
  const now = epochMs(fixed.l2Timestamp * 1000);
  const made = l2Headers(owner, credentials({ key: id, secret, passphrase }), request, now);
  ask("headers", expected.l2Headers, made.reveal());
}

interface Made {
  readonly domainSeparator: string;
  readonly structHash: string;
  readonly orderDigest: string;
  readonly orderID: string;
  readonly signingDigest: string;
  readonly signature: string;
  readonly json: string;
}

/** Domains "2" and "3", in which orders are sent. */
function current(
  { input, fixed, typedData }: OrderVector,
  { makerAmount, takerAmount }: Amounts,
  signer: Signer,
  key: PrivateKey,
  ask: Ask,
): Made {
  const owner = addressOf(signer, key);
  const { side: way, signatureType, metadata, builder } = input;
  const maker = required("funder", parseAddress(input.funder ?? owner, signer.keccak256));
  const fields = {
    salt: Number(fixed.salt),
    maker,
    signer: signatureType === 3 ? maker : owner,
    tokenId: input.tokenID,
    makerAmount: String(makerAmount),
    takerAmount: String(takerAmount),
    side: way,
    signatureType,
    timestamp: String(fixed.nowMs),
    metadata,
    builder,
  };
  const order: Order | null = isOrder(fields) ? fields : null;
  if (order === null) throw new Error("its input is not that of an order");
  const { domain } = typedData;
  const exchange = exchangeIn(input, domain.chainId) ?? {
    version: String(input.orderVersion),
    chainId: domain.chainId,
    address: required("contract", parseAddress(domain.verifyingContract, signer.keccak256)),
  };
  const { version, chainId, address: verifyingContract } = exchange;
  ask("domain", domain, { name: "Polymarket CTF Exchange", version, chainId, verifyingContract });
  ask("typeString", typedData.typeString, ORDER_TYPE);
  const sideNumber = way === "BUY" ? 0 : 1;
  ask("message", texts(typedData.message), texts({ ...order, side: sideNumber }));

  const hasher = orderHasher(signer.keccak256, exchange);
  const signed = signOrder(signer, hasher, key, order);
  ask("recovered owner", owner, recoverOwner(signer, hasher, signed));
  const { metadata: _, builder: __, signature, ...untilExpiration } = signed;
  const { deferExec, postOnly, orderType } = input;
  const expiration = String(input.expiration);
  const body = {
    deferExec,
    postOnly,
    order: { ...untilExpiration, expiration, metadata, builder, signature },
    owner: fixed.apiKey,
    orderType,
  };
  const id = hasher.orderId(order);
  return {
    domainSeparator: hex(hasher.separator),
    structHash: hex(hasher.structHash(order)),
    orderDigest: id,
    orderID: id,
    signingDigest: hex(hasher.signingDigest(order)),
    signature,
    json: JSON.stringify(body),
  };
}

/**
 * Domain "1", retired in April 2026, exists only here: `src` cannot make such an order. The curve
 * and the headers are those of `src`.
 */
function retired(
  { input, fixed, typedData }: OrderVector,
  amounts: Amounts,
  signer: Signer,
  key: PrivateKey,
  ask: Ask,
): Made {
  const sameInBoth = {
    maker: input.funder ?? fixed.eoa,
    signer: fixed.eoa,
    taker: input.taker ?? `0x${"0".repeat(40)}`,
    tokenId: input.tokenID,
    makerAmount: String(amounts.makerAmount),
    takerAmount: String(amounts.takerAmount),
  };
  const last = {
    expiration: String(input.expiration),
    nonce: String(input.nonce),
    feeRateBps: String(input.feeRateBps),
  };
  const { signatureType, side: way } = input;
  const sideNumber = way === "BUY" ? 0 : 1;
  const struct: Message = {
    salt: fixed.salt,
    ...sameInBoth,
    ...last,
    side: sideNumber,
    signatureType,
  };
  const domain = {
    name: "Polymarket CTF Exchange",
    version: "1",
    chainId: typedData.domain.chainId,
    verifyingContract: input.negRisk ? RETIRED_NEG_RISK : RETIRED,
  };
  ask("domain", typedData.domain, domain);
  ask("typeString", typedData.typeString, RETIRED_TYPE);
  ask("message", texts(typedData.message), texts(struct));
  const separator = domainSeparator(domain);
  const hash = structHash(RETIRED_TYPE, struct);
  const id = digest(separator, hash);
  const signature = hex(signer.sign(Buffer.from(id.slice(2), "hex"), key));
  const { deferExec, postOnly, orderType } = input;
  const salt = Number(fixed.salt);
  const order = { salt, ...sameInBoth, side: way, ...last, signatureType, signature };
  const body = { deferExec, postOnly, order, owner: fixed.apiKey, orderType };
  return {
    domainSeparator: separator,
    structHash: hash,
    orderDigest: id,
    orderID: id,
    signingDigest: id,
    signature,
    json: JSON.stringify(body),
  };
}

const RETIRED = "0x4bFb41d5B3570DeFd03C39a9A4D8dE6Bd8B8982E";
const RETIRED_NEG_RISK = "0xC5d563A36AE78145C45a50134d48A1215220f80a";
const RETIRED_TYPE =
  "Order(uint256 salt,address maker,address signer,address taker,uint256 tokenId," +
  "uint256 makerAmount,uint256 takerAmount,uint256 expiration,uint256 nonce,uint256 feeRateBps," +
  "uint8 side,uint8 signatureType)";

function l1(vector: z.infer<typeof l1Wire>, ask: Ask, signer: Signer): void {
  const { input, typedData, expected } = vector;
  const { nonce, chainId } = input;
  const now = epochMs(input.timestamp * 1000);
  const key = privateKey(input.privateKey);
  const owner = addressOf(signer, key);
  ask("address", input.address, owner);

  const typeString = typeStringOf("ClobAuth", typedData.types.ClobAuth);
  const separator = domainSeparator(typedData.domain);
  const fromTypedData = digest(separator, structHash(typeString, typedData.message));
  ask("digest of typedData", expected.digest, fromTypedData);
  const auth = clobAuthDigest(signer.keccak256, { owner, now, nonce, chainId });
  ask("digest", expected.digest, hex(auth));
  ask("signature", expected.signature, hex(signer.sign(auth, key)));
  ask("headers", expected.headers, l1Headers(signer, key, { now, nonce, chainId }).reveal());
}

function l2(vector: z.infer<typeof l2Wire>, ask: Ask, signer: Signer): void {
  const { input, expected } = vector;
  const { method, requestPath: path, body } = input;
  const owner = addressOf(signer, privateKey(input.privateKey));
  ask("address", input.address, owner);
  const { apiKey, secret, passphrase } = input;
  const by = credentials({ key: apiKey, secret, passphrase });
  const request = { method, path, body };
  const now = epochMs(input.timestamp * 1000);
  ask("stringToSign", expected.stringToSign, requestText(request, now));
  ask("secretBytesHex", expected.secretBytesHex, hex(by.hmacKey.reveal()).slice(2));
  const made = l2Headers(owner, by, request, now);
  ask("signature", expected.signature, made.reveal()["POLY_SIGNATURE"]);
  ask("headers", expected.headers, made.reveal());
}

/** Every price grid. [protocol 4.5] */
const TICKS = ["0.1", "0.01", "0.005", "0.0025", "0.001", "0.0001"];

function onGrid(tick: string, price: string): boolean {
  return (
    TICKS.includes(tick) &&
    required("price", parsePriceBp(price)) % required("tick", parsePriceBp(tick)) === 0
  );
}

function limitCase(it: z.infer<typeof limitCaseWire>, ask: Ask): void {
  const price = required("price", parsePriceBp(it.price));
  const size = required("size", parseMicroShares(it.size));
  ask("on the grid", true, onGrid(it.tick, it.price));
  const { makerAmount, takerAmount } = limitAmounts(it.side, price, size);
  ask("makerAmount", it.makerAmount, String(makerAmount));
  ask("takerAmount", it.takerAmount, String(takerAmount));
}

function marketCase(it: z.infer<typeof marketCaseWire>, ask: Ask): void {
  ask("on the grid", true, onGrid(it.tick, it.maxPrice));
  const [ours, documented] = marketBuys(it.maxPrice, it.amountUsd, it.tick);
  ask("makerAmount", it.makerAmount, String(ours.makerAmount));
  ask("takerAmountDocs", it.takerAmountDocs, String(documented.takerAmount));
  ask("takerAmountClobClientV2", it.takerAmountClobClientV2, String(ours.takerAmount));
}

/** The decimals of a price, a size and an amount: those of the smallest order on the grid. */
function tickCase({ tick, it }: z.infer<typeof tickWire>, ask: Ask): void {
  const price = required("tick", parsePriceBp(tick));
  const lot = microShares(10_000);
  const { makerAmount } = limitAmounts("BUY", price, lot);
  const decimals = [tick, formatMicro(lot), formatMicro(makerAmount)].map(decimalsOf);
  ask("decimals", it, decimals);
}

function amountsOf({ input, expected }: OrderVector): Amounts {
  const text = required("size or amount", input.size ?? input.amount ?? null).toString();
  if (input.kind === "market" && input.side === "BUY") {
    const either = marketBuys(String(input.price), text, input.tickSize);
    return either.find((it) => String(it.takerAmount) === expected.takerAmount) ?? either[0];
  }
  const price = required("price", parsePriceBp(String(input.price)));
  return limitAmounts(input.side, price, required("size", parseMicroShares(text)));
}

/**
 * Rounded down as here and in clob-client-v2, or up as in the venue's documents: both have vectors.
 */
function marketBuys(price: string, dollars: string, tick: string): readonly [Amounts, Amounts] {
  const limit = required("price", parsePriceBp(price));
  const ours = marketBuyAmounts(
    limit,
    required("dollars", parseMicroUsdc(dollars)),
    required("tick", parsePriceBp(tick)),
  );
  const { makerAmount, takerAmount } = ours;
  const isExact = BigInt(takerAmount) * BigInt(limit) === BigInt(makerAmount) * BigInt(DOLLAR_BP);
  const step = 10 ** (6 - Math.min(4, decimalsOf(tick) + 2));
  return [ours, { makerAmount, takerAmount: microShares(takerAmount + (isExact ? 0 : step)) }];
}

/** The exchange in `src`; null for another chain. */
function exchangeIn(
  { orderVersion, negRisk }: OrderVector["input"],
  chainId: number,
): Exchange | null {
  return chainId === POLYGON ? exchangeOf(orderVersion === 3 ? "3" : "2", negRisk) : null;
}

/** A number, as JSON number or as its digits in a string. */
const texts = (all: Message): unknown =>
  Object.fromEntries(Object.entries(all).map(([name, value]) => [name, String(value)]));

/** JSON with sorted keys. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_name, it: unknown) =>
    typeof it === "object" && it !== null && !Array.isArray(it)
      ? Object.fromEntries(Object.entries(it).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : it,
  ) ?? "nothing";

const privateKey = (text: string): PrivateKey => required("privateKey", parsePrivateKey(text));
const credentials = (plain: PlainCredentials): Credentials =>
  required("credentials", parseCredentials(plain));
const decimalsOf = (text: string): number => text.split(".")[1]?.length ?? 0;
const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString("hex")}`;

function required<Value>(what: string, value: Value | null): Value {
  if (value === null) throw new Error(`no ${what} that we can read`);
  return value;
}

function named(what: string, all: readonly unknown[]): readonly (readonly [string, unknown])[] {
  return all.map((it, index) => {
    const name = z.object({ name: z.string() }).safeParse(it).data?.name;
    return [name ?? `${what} ${index}`, it] as const;
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
