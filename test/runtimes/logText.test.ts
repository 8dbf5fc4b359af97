import { expect, it } from "vitest";
import { logText } from "../../src/runtimes/logText.ts";

it.each([
  [{}, "fill"],
  [{ side: "BUY", size: 20, isGone: true }, "fill side=BUY size=20 isGone=true"],
  [{ cause: "the link ended" }, 'fill cause="the link ended"'],
  [{ cause: 'HTTP "503"' }, 'fill cause="HTTP \\"503\\""'],
  [{ cause: "two\nlines" }, 'fill cause="two\\nlines"'],
  [{ reason: "" }, 'fill reason=""'],
  [{ text: "a=b" }, 'fill text="a=b"'],
  [
    { passedOver: { fast: "missing" }, ids: [1, 2] },
    'fill passedOver={"fast":"missing"} ids=[1,2]',
  ],
  [{ mark: null, text: undefined, level: "halt" }, "fill mark=null level=halt"],
])("a log line with the facts %o reads %s", (facts, line) => {
  expect(logText("fill", facts)).toBe(line);
});
