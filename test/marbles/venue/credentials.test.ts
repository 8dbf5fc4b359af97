/** Credentials of a run: derived again once where the venue stops taking them, and every reader sees it. */
import { describe, expect, it } from "vitest";
import type { Lost } from "../../../src/types/index.ts";
import {
  type Credentials,
  type CredentialsNews,
  credentialsHolder,
  parseCredentials,
} from "../../../src/venue/polymarket/index.ts";
import { marbles } from "../../support/marbles.ts";

const credentials = (key: string): Credentials =>
  parseCredentials({ key, secret: "c2VjcmV0", passphrase: "phrase" }) ??
  expect.unreachable("no credentials");
const OLD = credentials("old");
const NEW = credentials("new");
const LOST: Lost = { type: "lost", detail: "HTTP 400" };

describe("derived credentials", () => {
  it(
    "are derived again a moment after the venue refuses them, and what is logged in is told",
    marbles((m) => {
      const news: CredentialsNews[] = [];
      const derive$ = m.cold("--(n|)", { n: NEW });
      const asked = "         250ms ^-!";
      const holder = credentialsHolder(
        { credentials: OLD, derive$, onNews: (it) => news.push(it) },
        m,
      );

      holder.refuse(OLD);
      holder.refuse(OLD);
      m.expect(holder.background$, "^ 999ms !").toBeObservable("-");
      m.expect(holder.changed$, "^ 999ms !").toBeObservable("500ms (c|)", { c: 1 });
      m.expect(derive$).toHaveSubscriptions([asked]);
      m.flush();
      expect([holder.read(), news]).toEqual([NEW, [{ type: "derived" }]]);
    }),
  );

  it(
    "are derived again once: a second refusal is told of, and nothing is asked",
    marbles((m) => {
      const news: CredentialsNews[] = [];
      const derive$ = m.cold("(n|)", { n: NEW });
      const holder = credentialsHolder(
        { credentials: OLD, derive$, onNews: (it) => news.push(it) },
        m,
      );

      holder.refuse(OLD);
      m.scheduler.schedule(() => {
        // Late answers to what went out with the old ones.
        holder.refuse(OLD);
        holder.refuse(NEW);
        holder.refuse(NEW);
      }, 400);
      m.expect(holder.background$, "^ 5s !").toBeObservable("-");
      m.expect(derive$).toHaveSubscriptions(["250ms (^!)"]);
      m.flush();
      expect(news).toEqual([{ type: "derived" }, { type: "notAccepted", isGiven: false }]);
    }),
  );

  it(
    "stay as they are where the venue has no others, which is told of",
    marbles((m) => {
      const news: CredentialsNews[] = [];
      const derive$ = m.cold<Credentials | Lost>("(l|)", { l: LOST });
      const holder = credentialsHolder(
        { credentials: OLD, derive$, onNews: (it) => news.push(it) },
        m,
      );

      holder.refuse(OLD);
      m.expect(holder.background$, "^ 5s !").toBeObservable("-");
      m.flush();
      expect([holder.read(), news]).toEqual([OLD, [{ type: "notDerived", detail: "HTTP 400" }]]);
    }),
  );

  it(
    "that the venue takes are never asked for again",
    marbles((m) => {
      const derive$ = m.cold("n|", { n: NEW });
      const holder = credentialsHolder({ credentials: OLD, derive$, onNews: () => undefined }, m);
      m.expect(holder.background$, "^ 60s !").toBeObservable("-");
      m.expect(derive$).toHaveSubscriptions([]);
    }),
  );
});

describe("given credentials", () => {
  it(
    "that are not accepted are named, once, and not replaced",
    marbles((m) => {
      const news: CredentialsNews[] = [];
      const holder = credentialsHolder(
        { credentials: OLD, derive$: null, onNews: (it) => news.push(it) },
        m,
      );
      holder.refuse(OLD);
      holder.refuse(OLD);
      m.expect(holder.background$, "^ 5s !").toBeObservable("-");
      m.flush();
      expect([holder.read(), news]).toEqual([OLD, [{ type: "notAccepted", isGiven: true }]]);
    }),
  );
});
