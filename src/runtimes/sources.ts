/** Sources that belong to no market, as values: what they fail at, and that they work again. */
import { type OperatorFunction, concatMap, of, scan } from "rxjs";
import {
  type Clock,
  NO_FAILURES,
  type Source,
  type SourceReport,
  withFailure,
} from "../types/index.ts";

/** Of each attempt its cause, null where it worked; a failure as often as it is worth saying. */
export const reports =
  (source: Source, clock: Clock): OperatorFunction<string | null, SourceReport> =>
  (attempt$) =>
    attempt$.pipe(
      scan(
        ({ failures }, cause) => {
          const next =
            cause === null ? NO_FAILURES : withFailure(failures, cause, clock.now().monotonicMs);
          return { failures: next, before: failures };
        },
        { failures: NO_FAILURES, before: NO_FAILURES },
      ),
      concatMap(({ failures: { told }, before }) => {
        if (told === before.told) return [];
        return of<SourceReport>(
          told === null
            ? { type: "source.restored", ...source }
            : { type: "source.failed", ...source, ...told },
        );
      }),
    );
