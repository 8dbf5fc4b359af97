/** One market's history as lines of JSON: a header, then per step the event and what it decided. */
import { type Effect, LawBroken, type Market, type Stamped, isRecord } from "../types/index.ts";

/**
 * Written now. 2 renamed fields of the state (D-031), 3 added to it; the lines of the steps are those
 * of 1, but that the ticks of 3 say how old the inputs are. 4 added what the sources fail at, to the state
 * and as events; 5 to an order since when its price is not the planned one; 6 what the account allows.
 */
export const SCHEMA = 6;
const SCHEMAS_READ: readonly unknown[] = [1, 2, 3, 4, 5, SCHEMA];

/** One account at one venue: another one's history is neither taken over nor overwritten. */
export interface AccountAt {
  /** Its address; of a simulated venue also which run of it, since its orders end with it. */
  readonly venue: string;
  readonly account: string;
}

/** Where a history begins, and what it needs to be folded again. */
export interface Origin {
  /** Of the program: another version may decide otherwise. */
  readonly version: string;
  readonly market: Market;
  /** Configuration of executor and strategy, without secrets; opaque here. */
  readonly config: unknown;
  readonly nonce: string;
  /** Older histories do not say. */
  readonly accountAt?: AccountAt;
  /** The state after step `step`; opaque here. */
  readonly state: unknown;
  readonly step: number;
}

export interface Header extends Origin {
  /** Of the state: restart reads what all schemas share, `refold` needs the present one. */
  readonly schema: 1 | 2 | 3 | 4 | 5 | typeof SCHEMA;
  /** Number of this file in its history, counted from 1. */
  readonly segment: number;
}

export interface RecordedStep {
  readonly stamped: Stamped;
  readonly effects: readonly Effect[];
}

export interface Segment {
  readonly type: "segment";
  readonly header: Header;
  readonly steps: readonly RecordedStep[];
  /** A last line cut off while it was being written; nothing in it was acted on. */
  readonly torn: string | null;
}

/** Why lines are not a segment. */
export interface Problem {
  readonly type: "problem";
  /** Counted from 1; null where the file could not be read at all. */
  readonly line: number | null;
  readonly detail: string;
}

const SAMPLE_LENGTH = 120;

export function encodeHeader(origin: Origin, segment: number): string {
  const { version, market, config, nonce, accountAt, state, step } = origin;
  assertKept(origin);
  // Keys keep their order: a state may rely on which of its entries came first.
  return JSON.stringify({
    schema: SCHEMA,
    version,
    market,
    config,
    nonce,
    accountAt,
    segment,
    state,
    step,
  });
}

const HEADER_START = '{"schema":';

/** The header, cut off while it was being written. */
export const isTornHeader = (text: string): boolean =>
  !text.includes("\n") && (HEADER_START.startsWith(text) || text.startsWith(HEADER_START));

/** Of an event that `assertKept` has passed. */
export const encodeEvent = ({ seq, at, event }: Stamped): string =>
  JSON.stringify({ seq, at, event });

/** Of effects that `assertKept` has passed. */
export const encodeEffects = (seq: number, effects: readonly Effect[]): string =>
  JSON.stringify({ seq, effects });

/**
 * Reads a segment of any schema up to the present, wholly or not at all: a history with a hole would refold to
 * another state.
 */
export function decode(lines: readonly string[]): Segment | Problem {
  const problem = (index: number, detail: string): Problem => {
    const sample = (lines[index] ?? "").slice(0, SAMPLE_LENGTH);
    return { type: "problem", line: index + 1, detail: `${detail}: ${sample}` };
  };
  const last = lines.at(-1);
  const isTorn = last === undefined || parsed(last) === undefined;
  const count = isTorn ? lines.length - 1 : lines.length;
  const header = count > 0 ? parsed(lines[0] ?? "") : undefined;
  if (!isRecord(header)) return problem(0, "no readable header");
  if (!SCHEMAS_READ.includes(header["schema"])) {
    return problem(0, `schema ${String(header["schema"])} is none of ${SCHEMAS_READ.join(", ")}`);
  }
  if (!isHeader(header)) return problem(0, "the header is incomplete");

  const steps: RecordedStep[] = [];
  let seq = header.step;
  let event: Stamped | null = null;
  for (let index = 1; index < count; index += 1) {
    const value = parsed(lines[index] ?? "");
    if (isStamped(value)) {
      if (value.seq !== seq + 1) return problem(index, `an event after step ${seq}`);
      event = value;
      steps.push({ stamped: event, effects: NO_EFFECTS });
      seq = value.seq;
    } else if (isDecision(value)) {
      if (event === null || value.seq !== seq) return problem(index, `effects after step ${seq}`);
      steps[steps.length - 1] = { stamped: event, effects: value.effects };
      event = null;
    } else {
      return problem(index, "neither an event nor effects");
    }
  }
  return { type: "segment", header, steps, torn: isTorn ? (last ?? null) : null };
}

const NO_EFFECTS: readonly Effect[] = [];

/**
 * Refuses a value that JSON would change without an error. Apart from writing it: a replacer makes
 * `JSON.stringify` several times slower, and a journal in memory writes when it is read.
 */
export function assertKept(value: unknown, key: string | number = ""): void {
  switch (typeof value) {
    case "string":
    case "boolean":
    case "undefined":
      return;
    case "number":
      if (!Number.isFinite(value)) refuse(key, value);
      return;
    case "object":
      if (value === null) return;
      if (Array.isArray(value)) assertKeptList(value);
      else if (isRecord(value) && isPlain(value)) {
        // Without a list of the keys: no plain object inherits one.
        for (const name in value) assertKept(value[name], name);
      } else refuse(key, value);
      return;
    case "bigint":
    case "function":
    case "symbol":
      refuse(key, value);
  }
}

function assertKeptList(list: readonly unknown[]): void {
  for (let index = 0; index < list.length; index += 1) {
    const value = list[index];
    if (value === undefined) refuse(index, value);
    assertKept(value, index);
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function refuse(key: string | number, value: unknown): never {
  const facts = { key: String(key), type: typeof value };
  throw new LawBroken("A", "the journal cannot keep this value", facts);
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

// The guards below check only what this folder relies on: events and states were checked by the
// compiler when they were written.

const isTagged = (value: unknown): boolean => isRecord(value) && typeof value["type"] === "string";

const isHeader = (value: unknown): value is Header =>
  isRecord(value) &&
  typeof value["version"] === "string" &&
  isRecord(value["market"]) &&
  typeof value["market"]["id"] === "string" &&
  Number.isFinite(value["market"]["endsAt"]) &&
  (value["accountAt"] === undefined || isAccountAt(value["accountAt"])) &&
  typeof value["nonce"] === "string" &&
  Number.isSafeInteger(value["segment"]) &&
  Number.isSafeInteger(value["step"]) &&
  "config" in value &&
  "state" in value;

const isAccountAt = (value: unknown): boolean =>
  isRecord(value) && typeof value["venue"] === "string" && typeof value["account"] === "string";

const isStamped = (value: unknown): value is Stamped =>
  isRecord(value) &&
  Number.isSafeInteger(value["seq"]) &&
  isRecord(value["at"]) &&
  Number.isFinite(value["at"]["epochMs"]) &&
  Number.isFinite(value["at"]["monotonicMs"]) &&
  isTagged(value["event"]);

const isDecision = (
  value: unknown,
): value is { readonly seq: number; readonly effects: readonly Effect[] } =>
  isRecord(value) &&
  Number.isSafeInteger(value["seq"]) &&
  Array.isArray(value["effects"]) &&
  value["effects"].every(isTagged);
