/** What must never be read in a log, an error, a journal or a trace. */
const INSPECT: unique symbol = Symbol.for("nodejs.util.inspect.custom");
const HIDDEN = "[secret]";

/**
 * A value that no printer can show: not `String()`, a template, `JSON.stringify`, `util.inspect`,
 * a spread or a copy. It is read by `reveal()` only, at the line that cannot do without.
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
