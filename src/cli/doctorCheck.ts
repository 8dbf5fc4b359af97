/** A check of the doctor, what checks hand on to later ones, and how they ask. */
import { type Observable, defer, map, of, take } from "rxjs";
import type { Runtime } from "../app/index.ts";
import {
  type Credentials,
  type HttpRequest,
  type Listing,
  connectionPool,
} from "../venue/polymarket/index.ts";
import type { Finding } from "./finding.ts";

export type Time = Pick<Runtime, "clock" | "scheduler">;

/** What later checks need of the answers to earlier ones; null where it is not known. */
export interface Found {
  readonly listing: Listing | null;
  /** Those of a login that has succeeded. */
  readonly credentials: Credentials | null;
  readonly areOrdersResting: boolean | null;
}

export const NOTHING_FOUND: Found = { listing: null, credentials: null, areOrdersResting: null };

export interface Checked {
  readonly findings: readonly Finding[];
  readonly found?: Partial<Found>;
}

/** Emits once; no finding where it needs something that earlier checks have not found. */
export type Check = (found: Found) => Observable<Checked>;

export const checked = (findings: readonly Finding[], found: Partial<Found> = {}): Checked => ({
  findings,
  found,
});
export const skipped = (): Observable<Checked> => of({ findings: [] });

/** Milliseconds that any answer is waited for. */
export const ANSWER_MS = 5_000;

export interface Timed<Answer> {
  readonly answer: Answer;
  readonly tookMs: number;
}

/** The first value, and how long it took. */
export const timed = <Answer>(
  answer$: Observable<Answer>,
  { scheduler }: Time,
): Observable<Timed<Answer>> =>
  defer(() => {
    const beganAt = scheduler.now();
    return answer$.pipe(
      take(1),
      map((answer) => ({ answer, tookMs: Math.round(scheduler.now() - beganAt) })),
    );
  });

/** Sends requests to an origin over connections of its own. */
export function requests(origin: string, time: Time) {
  const pool = connectionPool(
    { origin, connectionsMax: 2, leaveMs: ANSWER_MS, answerMs: ANSWER_MS },
    time.scheduler,
  );
  return (request: HttpRequest) => timed(pool.send(request), time);
}
