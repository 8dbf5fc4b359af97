/**
 * The API credentials of a run, in one place, so that every request, heartbeat and socket takes the
 * same and new ones at once. Derived ones that the venue stops taking are derived again, once.
 */
import {
  type Observable,
  NEVER,
  concatMap,
  defer,
  filter,
  ignoreElements,
  interval,
  merge,
  take,
  tap,
} from "rxjs";
import { type Lost, type NotSent, whyNot } from "../../../types/index.ts";
import type { Time } from "../../index.ts";
import type { Credentials } from "../sign/index.ts";

export interface CredentialsHolder {
  /** Read for each request, and each time a socket opens. */
  readonly read: () => Credentials;
  /** The venue has not accepted these. */
  readonly refuse: (used: Credentials) => void;
  /** Emits once others are used than at its subscription, for what stays logged in with the old ones. */
  readonly changed$: Observable<unknown>;
}

/**
 * `notAccepted`: the credentials that were given, or that were derived again, are not taken.
 * `derived`: others are used from now on. `notDerived`: there are no others.
 */
export type CredentialsNews =
  | { readonly type: "notAccepted"; readonly isGiven: boolean }
  | { readonly type: "derived" }
  | { readonly type: "notDerived"; readonly detail: string };

export interface CredentialsOptions {
  readonly credentials: Credentials;
  /** Derives them at the venue; null where they were given. */
  readonly derive$: Observable<Credentials | Lost | NotSent> | null;
  readonly onNews: (news: CredentialsNews) => void;
}

/** How soon after a refusal they are derived again: nobody waits for it but the next request. */
const CHECK_MS = 250;

/** With what derives them again. Subscribe once; never ends. */
export function credentialsHolder(
  { credentials, derive$, onNews }: CredentialsOptions,
  { scheduler }: Pick<Time, "scheduler">,
): CredentialsHolder & { readonly background$: Observable<never> } {
  let current = credentials;
  let isRefused = false;
  let isDerivedAgain = false;
  const check$ = interval(CHECK_MS, scheduler);
  return {
    changed$: defer(() => {
      const before = current;
      return check$.pipe(
        filter(() => current !== before),
        take(1),
      );
    }),
    read: () => current,
    refuse: (used) => {
      // An answer to a request with the credentials before these says nothing of them.
      if (used !== current || isRefused) return;
      isRefused = true;
      if (derive$ === null || isDerivedAgain) {
        onNews({ type: "notAccepted", isGiven: derive$ === null });
      }
    },
    background$:
      derive$ === null
        ? NEVER
        : merge(
            NEVER,
            check$.pipe(
              filter(() => isRefused),
              take(1),
              concatMap(() => defer(() => derive$)),
              tap((found) => {
                if ("type" in found) {
                  onNews({ type: "notDerived", detail: whyNot(found) });
                  return;
                }
                isDerivedAgain = true;
                isRefused = false;
                current = found;
                onNews({ type: "derived" });
              }),
              ignoreElements(),
            ),
          ),
  };
}

/** Credentials that stay as they are. */
export const fixedCredentials = (credentials: Credentials): CredentialsHolder => ({
  read: () => credentials,
  refuse: () => undefined,
  changed$: NEVER,
});
