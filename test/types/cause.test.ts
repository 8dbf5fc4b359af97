/** What is said of a failure, and how often. */
import { describe, expect, it } from "vitest";
import {
  type Failure,
  type Failures,
  NO_FAILURES,
  causeOf,
  triesText,
  whyNot,
  withFailure,
} from "../../src/types/index.ts";

describe("a cause", () => {
  it("says what was asked and what came instead", () => {
    expect(causeOf("GET /data/orders", "HTTP 401", "Invalid api key")).toBe(
      "GET /data/orders: HTTP 401: Invalid api key",
    );
  });

  it("is one line of 200 characters at most, whatever was answered", () => {
    const said = causeOf("asked", `a\nb\r\n\tc\u001b[31m\u0000\u202e${"d".repeat(500)}`);
    expect(said.startsWith("asked: a b c [31m d")).toBe(true);
    expect(said).toHaveLength(200);
  });

  it("does not end in half of a character", () => {
    expect(causeOf(`${"a".repeat(199)}\u{1F600}`)).toBe("a".repeat(199));
  });

  it("has the words of a page and not its tags, also where the page is cut off", () => {
    const page =
      "<!DOCTYPE html><html><head><style>b { c: d }</style><title>403 Forbidden</title></head>" +
      '<body>nginx<script src="x">evil(1 > 0)</script><p class="cut';
    expect(causeOf("HTTP 403", page)).toBe("HTTP 403: 403 Forbidden nginx");
    expect(causeOf("1 < 2 and 3 > 2")).toBe("1 < 2 and 3 > 2");
  });

  it("of an error is its message, or its code where it has none", () => {
    const refused = Object.assign(new Error("connect failed"), { code: "ECONNREFUSED" });
    const both = Object.assign(new AggregateError([refused, refused]), { code: "ECONNREFUSED" });
    expect(causeOf(new Error("closed: 1006 "))).toBe("closed: 1006");
    expect(causeOf(refused)).toBe("ECONNREFUSED: connect failed");
    expect(causeOf(both)).toBe("ECONNREFUSED");
    expect(causeOf(new TypeError(""))).toBe("TypeError");
  });

  it("takes no longer for a long body than for a short one", () => {
    expect(causeOf("<".repeat(5_000_000)).length).toBe(200);
    expect(causeOf("<script".repeat(1_000_000))).toBe("");
  });

  it("of a request without an answer says how far it came", () => {
    expect(whyNot({ type: "lost", detail: "reset" })).toBe("reset");
    const unsent = { type: "notSent", cause: "unreachable", retryAfterMs: null } as const;
    expect(whyNot(unsent)).toBe("it cannot be reached");
    expect(whyNot({ ...unsent, detail: "ECONNREFUSED" })).toBe(
      "it cannot be reached: ECONNREFUSED",
    );
    expect(whyNot({ ...unsent, cause: "limited" })).toBe("not sent: limited");
  });
});

describe("what is said of a source that fails", () => {
  /** What is said when these come, `everyMs` apart. */
  const said = (causes: readonly string[], everyMs: number): readonly string[] => {
    const told: Failure[] = [];
    let failures: Failures = NO_FAILURES;
    for (const [index, cause] of causes.entries()) {
      const next = withFailure(failures, cause, index * everyMs);
      if (next.told !== null && next.told !== failures.told) told.push(next.told);
      failures = next;
    }
    return told.map(triesText);
  };

  it("is the first, second, tenth, hundredth of a cause", () => {
    expect(
      said(
        Array.from({ length: 1_500 }, () => "reset"),
        100,
      ),
    ).toEqual([
      "reset, 1 try",
      "reset, 2 tries",
      "reset, 10 tries",
      "reset, 100 tries",
      "reset, 1000 tries",
    ]);
  });

  it("counts each cause by itself, though they come in turns", () => {
    expect(said(["a", "b", "a", "b", "a"], 1_000)).toEqual([
      "a, 1 try",
      "b, 1 try",
      "a, 2 tries",
      "b, 2 tries",
    ]);
  });

  it("counts on where an answer names itself or the time, and shows the newest", () => {
    const answers = Array.from(
      { length: 10 },
      (_, index) =>
        `GET /data/orders: HTTP 503: ray 8f3a1b2c4d5e6f7${index}-FRA at 2026-11-29T14:10:00.12${index}Z`,
    );
    expect(said(answers, 1_000)).toEqual([
      `${answers[0]}, 1 try`,
      `${answers[1]}, 2 tries`,
      `${answers[9]}, 10 tries`,
    ]);
    expect(said(["closed: 1006", "closed: 1008", "HTTP 401", "HTTP 403"], 1_000)).toHaveLength(4);
  });

  it("a new cause within a second of another waits until it comes again", () => {
    expect(said(["a", "b", "a", "b"], 600)).toEqual(["a, 1 try", "a, 2 tries", "b, 2 tries"]);
  });

  it("a second time is soon enough, though that is within the second too", () => {
    expect(said(["the link ended", "HTTP 503", "HTTP 503"], 200)).toEqual([
      "the link ended, 1 try",
      "HTTP 503, 2 tries",
    ]);
  });

  it("of causes that all differ is ten a minute, and their number is bounded", () => {
    const all = Array.from({ length: 60 }, (_, index) => `request ${index}`);
    expect(said([...all, ...all], 1_000)).toHaveLength(20);
    let failures = NO_FAILURES;
    for (const [index, cause] of all.entries()) failures = withFailure(failures, cause, index);
    expect(failures.causes).toHaveLength(10);
  });
});
