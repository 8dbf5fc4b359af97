/** What a source that belongs to no market reports of its attempts. */
import { from, toArray } from "rxjs";
import { expect, it } from "vitest";
import { reports } from "../../src/runtimes/sources.ts";
import type { SourceReport } from "../../src/types/index.ts";
import { instant } from "../support/builders.ts";

const reported = (attempts: readonly (string | null)[]): readonly SourceReport[] => {
  let ms = 0;
  const clock = { now: () => instant((ms += 500)) };
  const found: SourceReport[] = [];
  from(attempts)
    .pipe(reports({ source: "discovery" }, clock), toArray())
    .subscribe((all) => found.push(...all));
  return found;
};

it("a failure is reported at its first, second and tenth time, and once that it works again", () => {
  const failed = (tries: number, cause = "GET /events: HTTP 500") =>
    ({ type: "source.failed", source: "discovery", cause, tries }) as const;
  const down = Array.from({ length: 12 }, () => "GET /events: HTTP 500");
  expect(reported([null, ...down, null, null, "not listed"])).toEqual([
    failed(1),
    failed(2),
    failed(10),
    { type: "source.restored", source: "discovery" },
    failed(1, "not listed"),
  ]);
});
