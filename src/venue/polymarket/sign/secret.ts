/** Secrets: values that must never appear in a log, an error, a journal or a trace. */
const INSPECT: unique symbol = Symbol.for("nodejs.util.inspect.custom");
export const HIDDEN = "[secret]";

/**
 * A value that nothing prints: not `String()`, a template, `JSON.stringify`, `util.inspect`, a
 * spread or a copy. Only `reveal()` gives it, called at the line that needs it.
 */
export class Secret<Value> {
  readonly #value: Value;

  constructor(value: Value) {
    this.#value = value;
  }

  reveal(): Value {
    return this.#value;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [INSPECT](): string {
    return HIDDEN;
  }
}
