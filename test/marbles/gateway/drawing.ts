/**
 * A test of the gateway as one drawing, a row each, all on one time axis:
 *
 *     effects    -p-q-X------r---   what the executor asks for, in the letters of `legend.ts`
 *     place         ---------a|     what the venue answers, counted from when it is asked
 *       asked    -^--------!        from when to when the answer above was waited for
 *     stop             ----x|
 *       asked    never
 *     receipts   -----(un)xA-----   what the executor hears
 *
 * Requests are `signing`, `place`, `cancel`, `stop`, `orders`, `order`, `balances` and `trades`.
 * One row answers every request of its kind, several answer them in turn. Without `asked` it is not
 * checked when. A row `until` says when the receipts are unsubscribed from.
 */
import { NEVER } from "rxjs";
import { bucket } from "../../../src/gateway/buckets.ts";
import {
  type Buckets,
  type GatewayDependencies,
  type Receipt,
  gateway,
} from "../../../src/gateway/index.ts";
import { type BucketSize, permits } from "../../../src/operators/index.ts";
import type { Effect } from "../../../src/types/index.ts";
import { marbles } from "../../support/marbles.ts";
import {
  BALANCES,
  CANCELLED,
  EFFECTS,
  type Mocks,
  NOTHING_OPEN,
  NO_TRADES,
  UNKNOWN_ID,
  dependencies,
  inTurn,
} from "./legend.ts";

type Values = Readonly<Record<string, unknown>>;

interface Given {
  readonly effects?: Readonly<Record<string, Effect>>;
  /** By row, and then by letter: other answers than those below. */
  readonly answers?: Readonly<Record<string, Values>>;
  /** Buckets smaller than the thousand tokens that are enough for any test. */
  readonly permits?: Readonly<Partial<Record<"orders" | "cancels" | "reads", BucketSize>>>;
  /** What has happened to the buckets before the first effect. */
  readonly before?: (permits: Buckets) => void;
  readonly changed?: (given: GatewayDependencies) => Partial<GatewayDependencies>;
}

const REQUESTS: Readonly<Record<string, readonly [mock: keyof Mocks, answers: Values]>> = {
  signing: ["signing$", { s: "signed" }],
  place: ["sending$", Object.fromEntries(Array.from("ahjlno", (letter) => [letter, letter]))],
  cancel: ["cancelling$", { c: CANCELLED("k") }],
  stop: ["stopping$", { x: CANCELLED() }],
  orders: ["orders$", { o: NOTHING_OPEN }],
  order: ["order$", { i: UNKNOWN_ID }],
  balances: ["balances$", { b: BALANCES }],
  trades: ["trades$", { t: NO_TRADES }],
};

/** A test for `it`: what is drawn happens, and `receipts` says what its letters mean. */
export const drawn = (
  drawing: string,
  receipts: Readonly<Record<string, Receipt>>,
  {
    effects = EFFECTS,
    answers = {},
    permits: sizes = {},
    before,
    changed = () => ({}),
  }: Given = {},
): (() => void) =>
  marbles((m) => {
    const rows = rowsOf(drawing);
    const row = (name: string): Row | undefined => rows.find((each) => each.name === name);
    const effect$ = m.hot<Effect>(row("effects")?.text ?? "", effects);
    const requests = rows.flatMap(({ name, text, asked }) => {
      const request = REQUESTS[name];
      if (request === undefined) return [];
      const [mock, letters] = request;
      return [{ mock, answer$: m.cold(text, { ...letters, ...answers[name] }), asked }];
    });
    const mocks = requests.reduce<Mocks>((acc, { mock }) => {
      const all = requests.filter((each) => each.mock === mock).map(({ answer$ }) => answer$);
      const [only = NEVER] = all;
      return { ...acc, [mock]: all.length > 1 ? inTurn(...all) : only };
    }, {});
    const enough = dependencies(mocks, m.scheduler);
    const sized = ({ orders, cancels, reads }: NonNullable<Given["permits"]>) => ({
      ...(orders && { orders: bucket(orders, m.scheduler) }),
      ...(cancels && { cancels: bucket(cancels, m.scheduler) }),
      ...(reads && { reads: permits(reads, m.scheduler) }),
    });
    const given = { ...enough, permits: { ...enough.permits, ...sized(sizes) } };
    before?.(given.permits);

    const receipt$ = effect$.pipe(gateway({ ...given, ...changed(given) }, m.scheduler));

    m.expect(receipt$, row("until")?.text).toBeObservable(row("receipts")?.text ?? "", receipts);
    for (const { answer$, asked } of [
      ...requests,
      { answer$: effect$, asked: row("effects")?.asked },
    ]) {
      if (asked) m.expect<unknown>(answer$).toHaveSubscriptions([...asked]);
    }
  });

interface Row {
  readonly name: string;
  readonly text: string;
  /** Null where the drawing has no row `asked` below. */
  readonly asked: readonly string[] | null;
}

function rowsOf(drawing: string): readonly Row[] {
  const known = ["effects", "receipts", "until", ...Object.keys(REQUESTS)];
  return drawing.split("\n").reduce<readonly Row[]>((rows, line) => {
    const [, name = "", text = ""] = /^ *([a-z]+) +(.*)$/.exec(line) ?? [];
    const last = rows.at(-1);
    if (line.trim() === "") return rows;
    if (known.includes(name)) return [...rows, { name, text, asked: null }];
    if (name !== "asked" || last === undefined) throw new Error(`not a row of a drawing: ${line}`);
    const asked = text === "never" ? [] : [...(last.asked ?? []), text];
    return [...rows.slice(0, -1), { ...last, asked }];
  }, []);
}
