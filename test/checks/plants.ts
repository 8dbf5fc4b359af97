/** Wrong files, each with the rules that must report it, and right ones that no rule may report. */

export interface Plant {
  readonly path: string;
  readonly text: string;
  readonly rules: readonly string[];
}

/** For `check:rules`: eslint over `src`. */
export const wrongSources: readonly Plant[] = [
  plant("src/executor/plantedDate.ts", "export const at = (): number => Date.now();", "ambient"),
  plant("src/sim/plantedDie.ts", "export const roll = (): number => Math.random();", "ambient"),
  plant("src/gateway/plantedTimer.ts", "setTimeout(() => undefined, 5);", "ambient"),
  plant("src/record/plantedTimers.ts", 'import "node:timers/promises";', "ambient"),
  plant(
    "src/journal/plantedUuid.ts",
    'import { randomUUID } from "node:crypto";\nexport const id = randomUUID();',
    "ambient",
  ),
  plant("src/gateway/plantedKey.ts", 'export const key = process.env["KEY"];', "process"),
  plant("src/types/plantedBuffer.ts", 'export const b = Buffer.from("");', "core-anywhere"),
  plant("src/executor/plantedPrint.ts", "console.log(1);", "console"),
  plant(
    "src/streams/feeds/plantedPause.ts",
    'import { timer } from "rxjs";\nexport const tick$ = timer(5);',
    "explicit-scheduler",
  ),
  plant(
    "src/streams/feeds/plantedScheduler.ts",
    'import { asyncScheduler } from "rxjs";\nexport const clock = asyncScheduler;',
    "explicit-scheduler",
  ),
  plant(
    "src/operators/plantedRetry.ts",
    'import { retry } from "rxjs";\nexport const again = () => retry<number>({ delay: 5 });',
    "explicit-scheduler",
  ),
  plant(
    "src/gateway/plantedSubscribe.ts",
    'import { of } from "rxjs";\nof(1).subscribe({ error: () => undefined });',
    "one-subscribe",
  ),
  plant(
    "src/sim/plantedPromise.ts",
    'import { firstValueFrom, of } from "rxjs";\nexport const one = firstValueFrom(of(1), { defaultValue: 0 });',
    "one-subscribe",
  ),
  plant(
    "src/app/app.ts",
    'import { of } from "rxjs";\nof(1).subscribe({ error: () => undefined });\nof(2).subscribe({ error: () => undefined });',
    "one-subscribe",
  ),
  plant(
    "src/streams/caches/plantedSubject.ts",
    'import { Subject } from "rxjs";\nexport const push = (): void => new Subject<number>().next(1);',
    "subject",
  ),
  plant(
    "src/operators/latest.ts",
    'import { BehaviorSubject } from "rxjs";\nexport const latest = () => ({ value$: new BehaviorSubject(0) });',
    "exported-subject",
  ),
  plant("src/gateway/plantedDollar.ts", "export const effect$ = 1;", "dollar"),
  plant(
    "src/streams/caches/plantedBook.ts",
    'import type { Observable } from "rxjs";\nexport interface Cache {\n  readonly book: Observable<number>;\n}',
    "dollar",
  ),
  plant("src/ledger/plantedAny.ts", "export const read = (it: any): void => it;", "type-hole"),
  plant(
    "src/ledger/plantedNonNull.ts",
    "export const first = (a: number[]) => a[0]!;",
    "type-hole",
  ),
  plant("src/ledger/plantedIgnore.ts", "// @ts-ignore\nexport const x: string = 1;", "type-hole"),
  plant("src/executor/plantedCast.ts", "export const p = (it: unknown) => it as number;", "cast"),
  plant("src/executor/plantedThrow.ts", 'throw new Error("no");', "throwable"),
  plant(
    "src/gateway/plantedReject.ts",
    'export const e = () => new TypeError("no");',
    "error-notification",
  ),
  plant("src/gateway/plantedClass.ts", "export class Refused extends Error {}", "throwable"),
  plant(
    "src/streams/strategy/plantedDebounce.ts",
    'import { debounceTime, type SchedulerLike } from "rxjs";\nexport const calm = (scheduler: SchedulerLike) => debounceTime<number>(5, scheduler);',
    "debounce",
  ),
  plant("src/gateway/plantedName.ts", "export class OrderManager {}", "exported-name"),
  plant("src/sim/orderUtils.ts", "export const x = 1;", "exported-name"),
  plant("src/executor/plantedWord.ts", "export const netPosition = 0;", "vocabulary"),
  {
    path: "src/gateway/plantedTakeUntil.ts",
    text: 'import { map, NEVER, of, takeUntil } from "rxjs";\nexport const late$ = of(1).pipe(takeUntil(NEVER), map(String));',
    rules: ["rxjs-x/no-unsafe-takeuntil"],
  },
];

export const rightSources: readonly Omit<Plant, "rules">[] = [
  {
    path: "src/runtimes/system.ts",
    text: 'export const at = () => [Date.now(), process.env["A"], setTimeout(() => undefined, 1)];',
  },
  {
    path: "src/executor/rightful.ts",
    text: `import { LawBroken } from "../types/errors.ts";
export const COMPOSITION = { database: 1 } as const;
export function settle(process: number, Date: { now: () => number }): number {
  try {
    if (process < 0) throw new LawBroken("E", "no short");
    return process + Date.now();
  } catch (broken) {
    throw broken;
  }
}
export const cast = (it: unknown) => it as number; // tidy-ok: shows that the escape works
`,
  },
  {
    path: "src/operators/rightful.ts",
    text: `import { map, Observable, type OperatorFunction, type SchedulerLike, switchMap, timer } from "rxjs";
export const rightful =
  (scheduler: SchedulerLike): OperatorFunction<number, string> =>
  (source$) =>
    new Observable((subscriber) =>
      source$.pipe(switchMap((n) => timer(n, scheduler)), map(String)).subscribe(subscriber),
    );
`,
  },
  {
    path: "src/venue/binance/decode.ts",
    text: "export const decode = (outcome: unknown) => outcome as string;\n",
  },
];

/** For `check:imports`: dependency-cruiser over `src`. */
export const wrongImports: readonly Plant[] = [
  imports("src/gateway/plantedSibling.ts", "../executor/index.ts", "gateway-rooms"),
  imports("src/gateway/plantedApp.ts", "../app/index.ts", "gateway-rooms"),
  imports("src/streams/strategy/plantedCache.ts", "../caches/index.ts", "streams/strategy-rooms"),
  imports("src/operators/plantedWords.ts", "../types/index.ts", "operators-rooms"),
  imports(
    "src/venue/binance/plantedOperator.ts",
    "../../operators/index.ts",
    "venue/binance-rooms",
  ),
  imports("src/ledger/plantedRecord.ts", "../record/index.ts", "ledger-rooms"),
  imports("src/types/plantedNode.ts", "node:fs", "types-packages"),
  imports("src/sim/plantedNode.ts", "node:net", "sim-packages"),
  imports("src/sim/plantedZod.ts", "zod", "sim-packages"),
  imports("src/gateway/plantedLog.ts", "pino", "gateway-packages"),
  imports("src/journal/plantedCrypto.ts", "node:crypto", "journal-packages"),
  imports("src/app/plantedDeep.ts", "../gateway/gateway.ts", "app-rooms"),
  imports("src/index.ts", "./streams/feeds/marketFeed.ts", "through-the-door"),
  imports("src/executor/reducer.ts", "rxjs", "pure-files"),
  imports("src/venue/binance/wire/plantedPure.ts", "rxjs", "pure-files"),
  imports("src/sim/exchange/matching.ts", "../../operators/index.ts", "pure-files"),
  imports("src/sim/exchange/plantedTraders.ts", "../traders/index.ts", "sim/exchange-rooms"),
  imports("src/observers/plantedApp.ts", "../app/index.ts", "observers-rooms"),
  imports("src/runtimes/plantedCli.ts", "../cli/main.ts", "runtimes-rooms"),
  imports("src/types/plantedStream.ts", "rxjs", "types-without-rxjs"),
  imports("src/types/ports.ts", "rxjs", "types-without-rxjs-values"),
  imports("src/backtest/planted.ts", "../types/index.ts", "room-without-a-row"),
  imports("src/app/plantedTest.ts", "../../test/support/planted.ts", "not-from-outside-src"),
  imports("src/app/plantedDev.ts", "vitest", "no-dev-dependency"),
  imports("src/ledger/plantedRound.ts", "./plantedTrip.ts", "no-cycle"),
  imports("src/app/plantedNowhere.ts", "./nowhere.ts", "unresolvable"),
];

export const rightImports: readonly Omit<Plant, "rules">[] = [
  imports("src/gateway/rightful.ts", "../operators/index.ts"),
  imports("src/operators/rightfulUnits.ts", "../types/units.ts"),
  imports("src/executor/executor.ts", "../operators/index.ts"),
  imports("src/venue/binance/socket.ts", "rxjs"),
  imports("src/streams/strategy/rightful.ts", "zod"),
  imports("src/journal/rightful.ts", "node:fs"),
  imports("src/record/rightful.ts", "node:zlib"),
  imports("src/app/rightful.ts", "../streams/caches/index.ts"),
  imports("src/cli/rightful.ts", "../runtimes/index.ts"),
  imports("src/sim/server/rest/rightful.ts", "../state/index.ts"),
];

/** The targets of the imports above; created where `src` does not have them. */
export const reachedFor: readonly string[] = [
  "src/executor/index.ts",
  "src/app/index.ts",
  "src/streams/caches/index.ts",
  "src/streams/feeds/marketFeed.ts",
  "src/operators/index.ts",
  "src/record/index.ts",
  "src/gateway/gateway.ts",
  "src/types/index.ts",
  "src/types/units.ts",
  "src/cli/main.ts",
  "src/runtimes/index.ts",
  "src/sim/server/state/index.ts",
  "src/sim/traders/index.ts",
  "test/support/planted.ts",
];

/** For the rest of `check`: one wrong file per tool. */
export const wrongFor = {
  "check:format": { path: "scripts/plantedFormat.ts", text: "export const a=1", says: "[warn]" },
  "check:lint": {
    path: "scripts/plantedFloating.ts",
    text: "const later = async (): Promise<number> => 1;\nlater();\n",
    says: "no-floating-promises",
  },
  "check:types": {
    path: "scripts/plantedType.ts",
    text: 'export const a: number = "1";\n',
    says: "TS2322",
  },
  "check:unused": {
    path: "src/gateway/plantedUnused.ts",
    text: "export const a = 1;\n",
    says: "Unused files",
  },
} as const;

function plant(path: string, text: string, rule: string): Plant {
  return { path, text: `${text}\n`, rules: [`tandem/${rule}`] };
}

function imports(path: string, target: string, ...rules: readonly string[]): Plant {
  return { path, text: `import "${target}";\n`, rules };
}
