/** A minute of the log at its default level, as a person reads it, in virtual time. */
import { type Observable, defer, merge, mergeMap, throwError, timer } from "rxjs";
import { expect, it } from "vitest";
import { type VirtualScheduler } from "../../src/sim/index.ts";
import { rig } from "../app/rig.ts";

const LINES_MAX = 40;

it("a minute is few lines: one start, each fill once, a status every ten seconds", async () => {
  const run = rig({ seed: 3 });
  await run.runUntil(61_000);
  const lines = run.log().filter((line) => !line.startsWith("debug: "));
  const of = (text: string): readonly string[] =>
    lines.filter((line) => line.startsWith(`info: ${text}`));

  expect(lines.length).toBeLessThanOrEqual(LINES_MAX);
  expect(of("starting: waiting for ")).toHaveLength(1);
  expect(of("quoting ")).toHaveLength(1);
  expect(of("status ")).toHaveLength(6);
  expect(of("fill ").length).toBeGreaterThan(0);
  expect(of("fill ")).toHaveLength(run.app.summary().fills);
  expect(of("status ").filter((line) => /"(bid|ask)":"none"/.test(line))).toEqual([]);
});

it.each(["market", "user", "reference"] as const)(
  "a %s feed that flaps is few lines too: its losses are counted",
  async (name) => {
    let scheduler: VirtualScheduler | undefined;
    const flapping = <Item>(link$: Observable<Item>): Observable<Item> =>
      merge(
        link$,
        defer(() => timer(1_000, scheduler)).pipe(
          mergeMap(() => throwError(() => new Error("closed: 1006"))),
        ),
      );
    const run = rig({
      seed: 3,
      venue: (venue, itsScheduler) => {
        scheduler = itsScheduler;
        return venue;
      },
      connections: (connections) => ({
        ...connections,
        ...(name === "market" && {
          market: (...asked) => flapping(connections.market(...asked)),
        }),
        ...(name === "user" && { user: (...asked) => flapping(connections.user(...asked)) }),
        ...(name === "reference" && {
          reference: (...asked) => flapping(connections.reference(...asked)),
        }),
      }),
    });
    await run.runUntil(61_000);
    const lines = run.log().filter((line) => !line.startsWith("debug: "));
    const lost = lines.filter((line) => line.startsWith(`warn: ${name} feed lost `));

    expect(lines.length).toBeLessThanOrEqual(LINES_MAX);
    expect(lost.map((line) => /"count":\d+/.exec(line)?.[0])).toEqual([
      undefined,
      '"count":2',
      '"count":10',
    ]);
    expect(lines.filter((line) => line.startsWith(`info: ${name} feed restored `))).toHaveLength(3);
  },
);
