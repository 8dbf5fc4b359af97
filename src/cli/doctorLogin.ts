/** Checks that the venue lists the series, tells the same time, and takes the account in. */
import { concatMap, defer, from, map, reduce } from "rxjs";
import { SKEW_NOTABLE_MS } from "../runtimes/index.ts";
import { SKEW_MAX_MS } from "../types/index.ts";
import {
  type Addresses,
  type Credentials,
  type Identity,
  type Listing,
  type Series,
  decodeGammaEvents,
  gammaEventRequest,
  login,
  outgoing,
} from "../venue/polymarket/index.ts";
import {
  ANSWER_MS,
  type Check,
  type Checked,
  type Time,
  checked,
  requests,
  timed,
} from "./doctorCheck.ts";
import { whyNot } from "../types/index.ts";
import { type Finding, OUTAGE, WRONG_CLOCK, fail, ok, warn } from "./finding.ts";

interface Listed {
  readonly finding: Finding;
  readonly listing: Listing | null;
}

/** Asks for each window of the series that may be listed now: one of them is enough. */
export function gammaCheck(series: Series, { gamma }: Addresses, time: Time): Check {
  const { origin, pathname } = new URL(gamma);
  const ask = requests(origin, time);
  const path = pathname.replace(/\/$/, "");
  return () =>
    defer(() => from(series.windowsAt(time.clock.now().epochMs))).pipe(
      concatMap(({ slug, opensAt }) =>
        ask(outgoing(gammaEventRequest(slug), undefined, path)).pipe(
          map(({ answer, tookMs }): Listed => {
            if (answer.type !== "answered") {
              return {
                finding: fail("gamma", `${gamma}: ${whyNot(answer)}`, OUTAGE),
                listing: null,
              };
            }
            if (answer.status !== 200) {
              return { finding: fail("gamma", `HTTP ${answer.status}`, OUTAGE), listing: null };
            }
            const { listed } = decodeGammaEvents(answer.text).answer;
            const listing = listed.find(({ market }) => market.opensAt === opensAt) ?? null;
            const finding =
              listing === null
                ? warn("gamma", `${tookMs} ms; does not list ${slug}`, "give the --series it lists")
                : ok("gamma", `${tookMs} ms; lists ${slug}, version ${listing.exchange}`);
            return { finding, listing };
          }),
        ),
      ),
      reduce(({ findings, found }, { finding, listing }): Checked => {
        const first = found?.listing ?? listing;
        const isNeedless = finding.verdict === "warn" && first !== null;
        return checked(
          isNeedless ? findings : [...findings, finding],
          first === null ? {} : { listing: first },
        );
      }, checked([])),
    );
}

/** Clock and credentials, by the same requests that a run begins with. */
export function loginCheck(
  { key, signer }: Omit<Identity, "credentials">,
  credentials: Credentials | null,
  { rest }: Addresses,
  time: Time,
): Check {
  const options = { origin: rest, key, signer, credentials, answerMs: ANSWER_MS };
  return () =>
    timed(login({ ...options, skewMaxMs: SKEW_MAX_MS }, time), time).pipe(
      map(({ answer, tookMs }) => {
        if (answer.type === "skewed") return checked([clockFinding(answer.skewMs)]);
        if (answer.type !== "loggedIn") {
          return checked([fail("rest", `${rest}: ${whyNot(answer)}`, OUTAGE)]);
        }
        const how = credentials === null ? "derived from the key" : "given";
        return checked(
          [
            ok("rest", `${rest}, login took ${tookMs} ms`),
            clockFinding(answer.skewMs),
            ok("credentials", `${how}: API key ${answer.credentials.apiKey}`),
          ],
          { credentials: answer.credentials },
        );
      }),
    );
}

function clockFinding(skewMs: number): Finding {
  const text = `the venue is ${(skewMs / 1_000).toFixed(1)} s ahead of us`;
  if (Math.abs(skewMs) > SKEW_MAX_MS) return fail("clock", text, WRONG_CLOCK);
  return Math.abs(skewMs) > SKEW_NOTABLE_MS ? warn("clock", text, WRONG_CLOCK) : ok("clock", text);
}
