/** Checks everything that a live run needs, before there is one. Places and cancels nothing. */
import {
  EMPTY,
  type Observable,
  concat,
  concatMap,
  defaultIfEmpty,
  expand,
  from,
  map,
  of,
} from "rxjs";
import { endpointsAt } from "../sim/server/index.ts";
import { liveIdentity, simulatedIdentity } from "../runtimes/index.ts";
import {
  type Addresses,
  type Credentials,
  type Identity,
  SERIES,
  type Series,
  type Signer,
  addressOf,
  coinsOf,
} from "../venue/polymarket/index.ts";
import { accountChecks } from "./doctorAccount.ts";
import { binanceChecks, socketChecks } from "./doctorConnections.ts";
import { gammaCheck, loginCheck } from "./doctorLogin.ts";
import { type Check, type Checked, type Found, NOTHING_FOUND, type Time } from "./doctorCheck.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";
import type { DoctorConfig } from "./flags.ts";

export interface DoctorInput {
  readonly nodeVersion: string;
  readonly signer: Signer;
  /** Of the configuration. */
  readonly problems: readonly string[];
  /** Null where they could not be read: then nothing is asked over the network. */
  readonly addresses: Addresses | null;
  readonly series: readonly Series[];
  /** Null where the key or the wallet is not configured. */
  readonly identity: Omit<Identity, "credentials"> | null;
  /** Null derives them from the key. */
  readonly credentials: Credentials | null;
}

/** A simulated venue of this machine where one is named, else what the configuration says. */
export function doctorInputOf(
  config: DoctorConfig,
  signer: Signer,
  nodeVersion: string,
): DoctorInput {
  const { venue, account, secrets, problems } = config;
  const series = config.series.length > 0 ? config.series : [...SERIES.values()].slice(0, 1);
  if (venue !== null) {
    const addresses = { ...endpointsAt(venue.host), priceSocket: null };
    const identity = simulatedIdentity(signer);
    return { nodeVersion, signer, problems, addresses, series, identity, credentials: null };
  }
  const { key, credentials } = secrets;
  const identity =
    key === null || account === null
      ? null
      : liveIdentity({ key, wallet: account.wallet, maker: account.maker ?? null }, signer);
  const { addresses } = config;
  return { nodeVersion, signer, problems, addresses, series, identity, credentials };
}

/** One finding after the other, each as soon as it is known; then it completes. */
export function doctor(input: DoctorInput, time: Time): Observable<Finding> {
  const { addresses } = input;
  return concat(
    from(localFindings(input)),
    addresses === null ? EMPTY : inOrder(remoteChecks(input, addresses, time)),
  );
}

function remoteChecks(
  { identity, series, credentials }: DoctorInput,
  addresses: Addresses,
  time: Time,
): readonly Check[] {
  const coins = coinsOf(series);
  const ofAccount =
    identity === null
      ? []
      : [
          loginCheck(identity, credentials, addresses, time),
          ...accountChecks(identity, addresses, time),
          ...socketChecks(identity, addresses, coins, time),
        ];
  return [
    ...series.map((one) => gammaCheck(one, addresses, time)),
    ...ofAccount,
    ...coins.flatMap((coin) => binanceChecks(coin, addresses, time)),
  ];
}

interface Progress {
  readonly left: readonly Check[];
  readonly found: Found;
  readonly findings: readonly Finding[];
}

/** Each check is given what the checks before it have found. */
const inOrder = (checks: readonly Check[]): Observable<Finding> =>
  of<Progress>({ left: checks, found: NOTHING_FOUND, findings: [] }).pipe(
    expand(({ left: [check, ...left], found }) =>
      check === undefined
        ? EMPTY
        : check(found).pipe(
            defaultIfEmpty<Checked, Checked>({ findings: [] }),
            map(({ findings, found: more }) => ({ left, found: { ...found, ...more }, findings })),
          ),
    ),
    concatMap(({ findings }) => findings),
  );

const NODE_MIN = [20, 19] as const;

/** What needs no network. */
function localFindings({
  nodeVersion,
  signer,
  problems,
  identity,
}: DoctorInput): readonly Finding[] {
  const [major = 0, minor = 0] = nodeVersion.replace(/^v/, "").split(".").map(Number);
  const isNew = major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]);
  return [
    isNew
      ? ok("node", nodeVersion)
      : fail("node", nodeVersion, `use Node ${NODE_MIN.join(".")} or newer`),
    signer.name === "pure"
      ? warn(
          "signer",
          "pure JavaScript: slow",
          "npm install without --omit=optional, for another curve",
        )
      : ok("signer", signer.name),
    ...problems.map((problem) => fail("configuration", problem, "see docs/live.md")),
    ...(identity === null ? [] : [ok("key", `of ${addressOf(signer, identity.key)}`)]),
    ...(identity === null ? [] : [walletFinding(identity.account)]),
  ];
}

function walletFinding({ wallet, maker }: Identity["account"]): Finding {
  return wallet === "key"
    ? ok("wallet", "the key itself holds the funds")
    : ok("wallet", `${wallet} ${maker}; not checked on the chain that the key controls it`);
}
