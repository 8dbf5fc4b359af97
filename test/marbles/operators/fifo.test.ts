import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Fifo } from "../../../src/operators/fifo.ts";

describe("Fifo", () => {
  it("items leave in the order they came, whatever the mix of coming and leaving", () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer())), (steps) => {
        const fifo = new Fifo<number>();
        const model: number[] = [];
        for (const step of steps) {
          if (step === null) expect(fifo.shift()?.value).toBe(model.shift());
          else {
            fifo.push(step);
            model.push(step);
          }
          expect(fifo.size).toBe(model.length);
        }
      }),
    );
  });

  it("an `undefined` item is an item; an empty queue is none", () => {
    const fifo = new Fifo<undefined>();
    fifo.push(undefined);

    expect(fifo.shift()).toMatchObject({ value: undefined });
    expect(fifo.shift()).toBeUndefined();
  });
});
