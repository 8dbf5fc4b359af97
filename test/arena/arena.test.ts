/** The whole command on short windows; and what a contestant cannot change about a window. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { playWindow } from "../../scripts/arena/window.ts";
import { OUR_ACCOUNT, type VenueFact } from "../../src/sim/index.ts";
import { type Ended, run } from "../integration/childProcess.ts";

const CALL = [
  "--strategies",
  "digital,wide=digital",
  "--set",
  "wide:strategy.halfSpreadBp=350",
  "--traders",
  "calm",
  "--windows",
  "2",
  "--length",
  "20s",
  "--json",
];

interface Flow {
  /** What a contestant may not change. */
  readonly flow: unknown;
  readonly ours: number;
}

let dir = "";
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "arena-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

const arena = (out: string, ...args: readonly string[]): Promise<Ended> =>
  run("node", ["--import", "tsx", "scripts/arena.ts", ...CALL, "--out", join(dir, out), ...args])
    .ended;
const linesOf = (out: string): readonly string[] =>
  readFileSync(join(dir, out, "windows.ndjson"), "utf8")
    .trim()
    .split("\n")
    .toSorted();

describe("npm run arena", () => {
  it("gives the same bytes twice, and the same from where it was stopped", async () => {
    const first = await arena("first", "--html", join(dir, "first.html"));
    expect([first.code, first.stderr]).toEqual([0, expect.stringContaining("4 of 4 windows")]);
    const windows = linesOf("first");
    expect(windows).toHaveLength(4);
    // As a kill leaves it: one window finished, another begun.
    const [one = "", two = ""] = readFileSync(join(dir, "first", "windows.ndjson"), "utf8").split(
      "\n",
    );
    mkdirSync(join(dir, "second"));
    writeFileSync(join(dir, "second", "windows.ndjson"), `${one}\n${two.slice(0, 99)}`);
    const second = await arena("second", "--html", join(dir, "second.html"), "--workers", "1");
    expect(second.stderr).toContain("1 windows are kept");
    expect(second.stderr).toContain("lines that cannot be read, 1");
    expect(linesOf("second").filter((line) => line !== two.slice(0, 99))).toEqual(windows);
    expect(second.stdout).toBe(first.stdout);
    expect(readFileSync(join(dir, "second.html"), "utf8")).toBe(
      readFileSync(join(dir, "first.html"), "utf8"),
    );
    // What the two contestants have made of the same windows is not the same.
    const made = (label: string): readonly unknown[] =>
      first.stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line))
        .filter(({ contestant, minus }) => contestant === label && minus === undefined)
        .map(({ figure, value }) => [figure, value]);
    expect(made("wide").length).toBeGreaterThan(10);
    expect(made("wide")).not.toEqual(made("digital"));
  });
});

describe("a window", () => {
  it("has the same prices, strike and winner for everybody, and takers without an edge come when they would", async () => {
    const flow = async (parameters: object): Promise<Flow> => {
      const seen: unknown[] = [];
      let [price, ours] = [0, 0];
      let isResolved = false;
      const fact = (each: VenueFact): void => {
        // How long the venue then runs depends on whose trades have still to be paid.
        if (isResolved) return;
        isResolved = each.type === "market.resolved";
        if (each.type === "reference.moved") price = each.price;
        if (each.type === "reference.moved" || each.type === "market.resolved") seen.push(each);
        const isPlaced = each.type === "order.changed" && each.cause === "placed";
        const whose = isPlaced ? each.order.account : null;
        const refused = each.type === "order.refused" ? each.account : null;
        if ([whose, refused].includes("whim")) seen.push(["whim", price]);
        if ([whose, refused].includes(OUR_ACCOUNT)) ours += 1;
      };
      const figures = await playWindow(
        { seed: 3, traders: "calm", lengthMs: 30_000, parameters },
        { fact },
      );
      if ("failure" in figures) throw new Error(figures.failure);
      return { flow: [seen, figures.market], ours };
    };
    const narrow = await flow({ strategy: { halfSpreadBp: 50 } });
    const wide = await flow({ strategy: { halfSpreadBp: 350, sizeShares: 100 } });
    expect(narrow.flow).toEqual(wide.flow);
    expect(narrow.ours).not.toBe(wide.ours);
  });

  it("that is not paid in time, or in which something breaks, is a failure with its cause", async () => {
    const entry = { seed: 1, traders: "calm", lengthMs: 15_000, parameters: {} } as const;
    expect(await playWindow(entry, { afterEndMs: 1_000 })).toEqual({
      failure: "not over 1 s after its end",
    });
    const fact = ({ type }: VenueFact): void => {
      if (type === "trade.changed") throw new Error("the recorder broke");
    };
    expect(await playWindow(entry, { fact })).toEqual({ failure: "the recorder broke" });
  });
});
