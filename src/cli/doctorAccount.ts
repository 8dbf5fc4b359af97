/** Checks of the account, each by one authenticated read; and one heartbeat where nothing rests. */
import { type Observable, defer, map } from "rxjs";
import { MICRO, type ReadAnswer, formatMicro, whyNot } from "../types/index.ts";
import {
  type Addresses,
  type Credentials,
  FIRST_CURSOR,
  type Identity,
  type Listing,
  type Read,
  type Reply,
  SIGNATURE_TYPES,
  Secret,
  type VenueRequest,
  balanceRequest,
  closedOnlyRequest,
  decodeClosedOnly,
  decodeFunds,
  decodeHeartbeat,
  decodeOrderCount,
  decodeRateTier,
  exchangeOf,
  heartbeatRequest,
  l2Headers,
  ordersRequest,
  outgoing,
  rateTierRequest,
  withoutSecrets,
} from "../venue/polymarket/index.ts";
import {
  type Check,
  type Checked,
  type Found,
  skipped,
  type Time,
  checked,
  requests,
} from "./doctorCheck.ts";
import { type Finding, OUTAGE, WRONG_CREDENTIALS, fail, ok, warn } from "./finding.ts";

/** In this order; each is skipped where the login has failed. */
export function accountChecks(
  { account }: Omit<Identity, "credentials">,
  { rest }: Addresses,
  time: Time,
): readonly Check[] {
  const ask = requests(rest, time);
  const read =
    <Value>(
      request: VenueRequest,
      decode: (reply: Reply) => Read<Value>,
      concluded: (answer: ReadAnswer<Value>, found: Found) => Checked,
    ): Check =>
    (found) =>
      found.credentials === null
        ? skipped()
        : answered(found.credentials, request, decode).pipe(
            map((answer) => concluded(answer, found)),
          );
  const answered = <Value>(
    credentials: Credentials,
    request: VenueRequest,
    decode: (reply: Reply) => Read<Value>,
  ): Observable<ReadAnswer<Value>> =>
    defer(() => {
      const proof = l2Headers(account.owner, credentials, request, time.clock.now().epochMs);
      const headers = { ...proof.reveal(), "content-type": "application/json" };
      return ask(outgoing(request, new Secret(headers)));
    }).pipe(
      map(({ answer }) =>
        answer.type === "answered"
          ? decode({ ...answer, text: withoutSecrets(answer.text, credentials) }).answer
          : answer,
      ),
    );

  const heartbeat = read(heartbeatRequest(""), decodeHeartbeat, (answer) => {
    if (answer.type !== "answered") return checked([fail("heartbeat", whyNot(answer), OUTAGE)]);
    return checked([
      answer.value.type === "beaten"
        ? ok("heartbeat", "accepted")
        : ok("heartbeat", "answered: another program sends heartbeats for this account"),
    ]);
  });
  return [
    read(
      balanceRequest(null, "2", SIGNATURE_TYPES[account.wallet]),
      decodeFunds,
      (answer, { listing }) => {
        if (answer.type !== "answered") {
          return checked([fail("balance", whyNot(answer), WRONG_CREDENTIALS)]);
        }
        const { cash, allowances } = answer.value;
        const text = `${formatMicro(cash)} USDC`;
        return checked([
          cash > 0
            ? ok("balance", text)
            : fail("balance", text, "fund the maker address with pUSD"),
          ...allowanceFindings(listing, allowances, cash),
        ]);
      },
    ),
    read(closedOnlyRequest, decodeClosedOnly, (answer) => {
      if (answer.type !== "answered") return checked([warn("standing", whyNot(answer), OUTAGE)]);
      return checked([
        answer.value
          ? fail("standing", "the venue lets this account only close", "ask the venue why")
          : ok("standing", "may trade"),
      ]);
    }),
    read(rateTierRequest, decodeRateTier, (answer) =>
      checked([
        answer.type === "answered" && answer.value !== null
          ? ok("rate tier", answer.value)
          : ok("rate tier", "not told by the venue: the limits of the lowest tier are kept"),
      ]),
    ),
    read(ordersRequest(null, FIRST_CURSOR), decodeOrderCount, (answer) => {
      if (answer.type !== "answered") return checked([fail("orders", whyNot(answer), OUTAGE)]);
      const areOrdersResting = answer.value > 0;
      const text = `${answer.value} or more rest; no heartbeat was tried`;
      return checked(
        [areOrdersResting ? warn("orders", text, "cancel them first") : ok("orders", "none rest")],
        { areOrdersResting },
      );
    }),
    // A heartbeat arms the venue's dead-man switch, which would cancel resting orders ten seconds later.
    (found) => (found.areOrdersResting === false ? heartbeat(found) : skipped()),
  ];
}

/** Of the exchange contract of the series, through which every purchase is paid. */
function allowanceFindings(
  listing: Listing | null,
  allowances: ReadonlyMap<string, bigint>,
  cash: number,
): readonly Finding[] {
  if (listing === null) return [];
  const { address } = exchangeOf(listing.exchange, listing.isNegRisk);
  const allowed = allowances.get(address.toLowerCase()) ?? 0n;
  return [
    allowed >= BigInt(cash) && allowed > 0n
      ? ok("allowance", `${address} may spend the balance`)
      : fail(
          "allowance",
          `${address} may spend ${allowed / BigInt(MICRO)} USDC`,
          "approve it for pUSD, and for the tokens that are to be sold",
        ),
  ];
}
