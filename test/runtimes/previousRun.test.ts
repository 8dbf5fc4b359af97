/** What a run finds of the one before it on the disk, and what it does with what it cannot use. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { previousRun } from "../../src/runtimes/previousRun.ts";
import { VERSION } from "../../src/app/version.ts";
import { initialState, resumed } from "../../src/executor/index.ts";
import { fileJournal } from "../../src/journal/index.ts";
import type { Log } from "../../src/types/index.ts";
import {
  type Bench,
  FOREVER,
  UNHALTED,
  config,
  instant,
  market,
  quote,
  trading,
} from "../support/builders.ts";

let directory: string;
let said: string[];
beforeEach(() => {
  directory = fs.mkdtempSync(join(tmpdir(), "history-"));
  said = [];
});
afterEach(() => {
  fs.rmSync(directory, { recursive: true, force: true });
});

const note = (_facts: unknown, text: string): void => {
  said.push(text);
};
const log: Log = { debug: note, info: note, warn: note, error: note };

function day(): Bench {
  const made = trading();
  made.intends({ bid: quote(10, 45), expiresAt: FOREVER });
  return made;
}

/** A run of the market, written as it happened. */
function recorded(of: Bench, nonce: string, version = VERSION): void {
  const { state, steps } = of.history();
  const header = { version, market: market(), config: {}, nonce, state, step: state.step };
  const journal = fileJournal({
    directory,
    name: `${market().slug}-${nonce}`,
    segmentBytesMax: 100_000,
    totalBytesMax: 1_000_000,
    header,
    snapshot: () => state,
  });
  for (const { stamped, effects } of steps) {
    journal.append(stamped).subscribe();
    journal.decided(stamped.seq, effects);
  }
  journal.close();
}

/** The ids of the orders that a new run would take over. */
function takenOver(slug = market().slug): readonly string[] | null {
  const found = previousRun(directory, market({ slug }), log);
  if (found === null) return null;
  const opened = initialState(market(), instant(60_000), UNHALTED);
  return Object.keys(resumed(opened, found, config()).working);
}

describe("the history of a market", () => {
  it("is what the last run has written, to its last line", () => {
    const older = day();
    recorded(older, "0000aaaa");
    const newer = trading();
    newer.intends({ bid: quote(20, 44), expiresAt: FOREVER });
    recorded(newer, "0000bbbb");
    const aged = fs.readdirSync(directory).find((name) => name.includes("0000aaaa")) ?? "";
    fs.utimesSync(join(directory, aged), 1, 1);
    expect(takenOver()).toEqual([newer.id("BUY YES 20 @ 0.44")]);
  });

  it("survives a last line that was torn", () => {
    recorded(day(), "0000aaaa");
    const [file = ""] = fs.readdirSync(directory);
    fs.appendFileSync(join(directory, file), '{"seq":');
    expect(takenOver()).toHaveLength(1);
  });

  it("is that of the run before where the newest died at its first line", () => {
    const made = day();
    recorded(made, "0000aaaa");
    const [good = ""] = fs.readdirSync(directory);
    fs.utimesSync(join(directory, good), 1, 1);
    fs.writeFileSync(join(directory, good.replace("0000aaaa", "0000bbbb")), '{"schema":');
    expect(takenOver()).toEqual(Object.keys(made.state().working));
  });

  it("is none where the market was never traded, and another market's is not taken for it", () => {
    expect(takenOver()).toBeNull();
    recorded(day(), "0000aaaa");
    expect(takenOver("btc-up")).toBeNull();
    expect(takenOver("btc-up-or-down-2")).toBeNull();
    expect(said).toEqual([]);
  });

  it("of another version, or unreadable, is not used, and that is said", () => {
    recorded(day(), "0000aaaa", "0.0.0-other");
    expect(takenOver()).toBeNull();
    const [file = ""] = fs.readdirSync(directory);
    fs.writeFileSync(join(directory, file), "no journal\n");
    expect(takenOver()).toBeNull();
    expect(said).toEqual([
      "the journal of an earlier run is of another version",
      "the journal of an earlier run cannot be read",
    ]);
  });

  it("of schema 2, whose ticks bring no ages, is taken over with the orders that may rest", () => {
    const made = day();
    recorded(made, "0000aaaa");
    const [file = ""] = fs.readdirSync(directory);
    const text = fs.readFileSync(join(directory, file), "utf8");
    const old = text.replace('"schema":4', '"schema":2').replace(/"seen":\{[^}]*\},/, "");
    expect(old.length).toBeLessThan(text.length);
    fs.writeFileSync(join(directory, file), old);
    expect(takenOver()).toEqual(Object.keys(made.state().working));
  });

  it("of schema 3, whose state knows of no failures, is taken over with the orders that may rest", () => {
    const made = day();
    recorded(made, "0000aaaa");
    const [file = ""] = fs.readdirSync(directory);
    const text = fs.readFileSync(join(directory, file), "utf8");
    const old = text.replace('"schema":4', '"schema":3').replace(/"failures":\{.*?\}\},/, "");
    expect(old.length).toBeLessThan(text.length - 100);
    fs.writeFileSync(join(directory, file), old);
    expect(takenOver()).toEqual(Object.keys(made.state().working));
  });

  it("of schema 1 is taken over with the orders that may rest", () => {
    const schema1 = join(import.meta.dirname, "../journal/schema1.ndjson");
    fs.copyFileSync(schema1, join(directory, `${market().slug}-0000aaaa.000001.ndjson`));
    expect(takenOver()).toEqual([
      "BUY YES 10 @ 0.45 #1043079075934946",
      "BUY NO 10 @ 0.45 #2006699423814063",
    ]);
    expect(said).toEqual(["taking over from an earlier run"]);
  });
});
