import { expect, it } from "vitest";
import { type AccountMemory, initial, memory } from "../../src/account/index.ts";
import { accountRecorder } from "../../src/app/accountRecorder.ts";
import { SILENT_LOG, instant } from "../support/builders.ts";

it("writes what has changed, and nothing again", () => {
  const first: AccountMemory = memory(initial(null, instant(0)));
  let known = first;
  const written: unknown[] = [];
  const recorder = accountRecorder(
    () => known,
    { read: () => null, write: (each) => written.push(each) },
    SILENT_LOG,
  );
  recorder.read({ type: "status.due" });
  recorder.read({ type: "status.due" });
  expect(written).toEqual([first]);

  known = { ...first, results: { ...first.results, day: first.results.day + 1 } };
  recorder.read({ type: "run.started", at: instant(0).monotonicMs });
  expect(written).toHaveLength(1);
  recorder.end();
  expect(written).toEqual([first, known]);
});
