/** Which strategy trades which series, with which parameters, and how these change while it runs. */
import {
  type AnyStrategy,
  BUILT_IN,
  type ChosenStrategy,
  STARTUP_PARAMETERS,
  STRUCTURAL_KEYS,
  type Section,
  chosenBy,
  isCommon,
  isStrategy,
  keysOf,
  ownKeysOf,
  problemsOfStrategy,
} from "../streams/strategy/index.ts";
import {
  COINS,
  type Market,
  type ParameterChange,
  causeOf,
  isRecord,
  nearest,
  own,
} from "../types/index.ts";

/** Every strategy that can be named; the first is the default. */
type Known = readonly [AnyStrategy, ...AnyStrategy[]];

export interface StrategySettings {
  readonly known: Known;
  /** As they were given: what a change is laid over. */
  readonly given: {
    readonly strategy: Section;
    readonly series: Readonly<Record<string, Section>>;
  };
  readonly standard: ChosenStrategy;
  /** Of the series that have a section of their own. */
  readonly bySeries: Readonly<Record<string, ChosenStrategy>>;
}

export interface SettingsRead {
  /** Null where there is a problem. */
  readonly settings: StrategySettings | null;
  readonly problems: readonly string[];
}

/** The sections "strategy" and "series" of a parameter file; `elsewhere` are full names in other sections. */
export function strategySettings(
  { strategy, series = {} }: { readonly strategy?: unknown; readonly series?: unknown },
  strategies: readonly AnyStrategy[] = [],
  elsewhere: readonly string[] = [],
): SettingsRead {
  const odd = strategies.flatMap((each, index) => problemsIn(strategies, each, index));
  if (odd.length > 0) return { settings: null, problems: odd };
  const known: Known = [...BUILT_IN, ...strategies];
  const standard = chosenBy(strategy, "strategy", known, elsewhere);
  if (!isRecord(series)) {
    return { settings: null, problems: [...standard.problems, `series: ${NO_OBJECT}`] };
  }
  const base = isRecord(strategy) ? strategy : {};
  const problems = [...standard.problems];
  const given = new Map<string, Section>();
  const bySeries = new Map<string, ChosenStrategy>();
  for (const [name, section] of Object.entries(series)) {
    const path = `series.${name}`;
    const wrong = problemsOfSeries(name, section);
    problems.push(...wrong);
    if (wrong.length > 0 || !isRecord(section)) continue;
    const { strategy: below = {} } = section;
    const overlaid = isRecord(below) ? laidOver(base, below, known) : below;
    const { chosen, problems: found } = chosenBy(overlaid, `${path}.strategy`, known, elsewhere);
    // What is wrong in the section above is said there.
    problems.push(
      ...found.filter((each) => !standard.problems.includes(each.slice(path.length + 1))),
    );
    given.set(name, isRecord(below) ? below : {});
    if (chosen) bySeries.set(name, chosen);
  }
  if (problems.length > 0 || standard.chosen === null) return { settings: null, problems };
  return {
    settings: {
      known,
      given: { strategy: base, series: Object.fromEntries(given) },
      standard: standard.chosen,
      bySeries: Object.fromEntries(bySeries),
    },
    problems,
  };
}

const NO_OBJECT = "not an object, as in { … }";

/** Two strategies of one name could not be told apart. */
function problemsIn(
  strategies: readonly AnyStrategy[],
  each: AnyStrategy,
  index: number,
): readonly string[] {
  const wrong = problemsOfStrategy(each);
  if (!isStrategy(each)) return wrong.map((problem) => `strategy ${index + 1}: ${problem}`);
  const isTaken = [...BUILT_IN, ...strategies.slice(0, index)].some(
    ({ name }) => name === each.name,
  );
  return isTaken ? [`strategy ${each.name}: there is another one of this name`] : [];
}

const SERIES_NAME = new RegExp(`^(${COINS.join("|")})-updown-\\d+[smhd]$`);

function problemsOfSeries(name: string, section: unknown): readonly string[] {
  if (!SERIES_NAME.test(name)) {
    return [`series.${name}: not a series, such as ${COINS[0]}-updown-15m`];
  }
  if (!isRecord(section)) return [`series.${name}: ${NO_OBJECT}`];
  const { strategy = {} } = section;
  const all = [
    ...Object.keys(section)
      .filter((key) => key !== "strategy")
      .map((key) => `series.${name}.${key}: not a parameter; a series has only "strategy"`),
    ...(isRecord(strategy) ? STARTUP_PARAMETERS.filter((key) => key in strategy) : []).map(
      (key) => `series.${name}.strategy.${key}: is of the whole account: set strategy.${key}`,
    ),
  ];
  return all;
}

/** A section of a series, over the common one: another strategy takes over nothing but what all have. */
function laidOver(base: Section, section: Section, known: Known): Section {
  const nameOf = ({ name }: Section): unknown => name ?? known[0].name;
  const isSame = !("name" in section) || section["name"] === nameOf(base);
  const kept = Object.entries(base).filter(([key]) => isSame || isCommon(key));
  return { ...Object.fromEntries(kept), ...section };
}

/** Those of a simulation and of journals from before markets had it are told by their names. */
const isOfSeries = ({ series, slug }: Market, name: string): boolean =>
  series === undefined ? slug.startsWith(`${name}-`) : series === name;

/** The strategy of a market, with its parameters. */
export function chosenFor(settings: StrategySettings, market: Market): ChosenStrategy {
  const name = Object.keys(settings.bySeries).find((each) => isOfSeries(market, each));
  return (name === undefined ? undefined : own(settings.bySeries, name)) ?? settings.standard;
}

// ---- changes while it runs ----------------------------------------------------------------------

/** Parameters that one change may name. */
export const CHANGES_MAX = 32;
/** Changes that can be taken back, the last one first. */
export const UNDO_MAX = 100;
const TEXT_LENGTH_MAX = 200;

/** A change of parameters that was made, or everything that is wrong with it. */
export type SetAnswer =
  | {
      readonly type: "set";
      readonly changes: readonly ParameterChange[];
      /** What hardly goes together since this change. */
      readonly warnings: readonly string[];
    }
  | { readonly type: "refused"; readonly problems: readonly string[] };

/** What a person has changed, for the journals and the log. */
export interface SettingsChanged {
  readonly changes: readonly ParameterChange[];
  readonly isUndo: boolean;
  readonly reason: string;
  readonly who: string;
}

export interface SettingsResult {
  readonly answer: SetAnswer;
  /** Null where nothing has changed. */
  readonly changed: SettingsChanged | null;
}

/** The parameters of a run, which a person may change. */
export interface LiveSettings {
  readonly read: () => StrategySettings;
  /** All of the changes, or none. By full names, as in "strategy.halfSpreadBp". */
  readonly set: (changes: unknown, reason: unknown, who: unknown) => SettingsResult;
  /** Takes the last change back, and then the one before it. */
  readonly undo: (reason: unknown, who: unknown) => SettingsResult;
}

/** `warningsOf` is what is hardly meant together in settings, a line each. */
export function createSettings(
  initial: StrategySettings,
  warningsOf: (settings: StrategySettings) => readonly string[] = () => [],
): LiveSettings {
  let current = initial;
  let earlier: readonly StrategySettings[] = [];

  const said = (reason: unknown, who: unknown) => {
    const problems = [
      ...(isText(reason) ? [] : ["reason: say why, in at most 200 characters"]),
      ...(isText(who) ? [] : ["who: say who, in at most 200 characters"]),
    ];
    return { reason: causeOf(reason), who: causeOf(who), problems };
  };
  const made = (
    next: StrategySettings,
    by: { readonly reason: string; readonly who: string },
    isUndo: boolean,
  ): SettingsResult => {
    const changes = differencesOf(current, next);
    const known = new Set(warningsOf(current));
    const warnings = warningsOf(next).filter((each) => !known.has(each));
    current = next;
    const { reason, who } = by;
    return {
      answer: { type: "set", changes, warnings },
      changed: { changes, isUndo, reason, who },
    };
  };

  return {
    read: () => current,
    set: (changes, reason, who) => {
      const by = said(reason, who);
      const { settings, problems } = changed(current, changes);
      if (settings === null || by.problems.length > 0)
        return refused([...by.problems, ...problems]);
      if (differencesOf(current, settings).length === 0) {
        return refused(["nothing changes: these are the values already"]);
      }
      earlier = [...earlier, current].slice(-UNDO_MAX);
      return made(settings, by, false);
    },
    undo: (reason, who) => {
      const by = said(reason, who);
      const before = earlier.at(-1);
      if (by.problems.length > 0) return refused(by.problems);
      if (before === undefined)
        return refused(["nothing to take back: nothing was set in this run"]);
      earlier = earlier.slice(0, -1);
      return made(before, by, true);
    },
  };
}

const refused = (problems: readonly string[]): SettingsResult => ({
  answer: { type: "refused", problems },
  changed: null,
});

const isText = (value: unknown): value is string =>
  typeof value === "string" && value.trim() !== "" && value.length <= TEXT_LENGTH_MAX;

/** The settings with changes laid over them, checked as a whole. */
function changed(settings: StrategySettings, changes: unknown): SettingsRead {
  const { given, known } = settings;
  if (!isRecord(changes)) return { settings: null, problems: [`changes: ${NO_OBJECT}`] };
  const names = Object.keys(changes);
  if (names.length === 0) return { settings: null, problems: ["name a parameter, and its value"] };
  if (names.length > CHANGES_MAX) {
    return { settings: null, problems: [`at most ${CHANGES_MAX} parameters in one change`] };
  }
  const problems = names.flatMap((name) => problemOfName(name, settings));
  let { strategy, series } = given;
  for (const name of names) {
    // What cannot be set would only make problems of what can.
    if (problemOfName(name, settings).length > 0) continue;
    const { of, key } = partsOf(name);
    const value = own(changes, name);
    if (value === undefined) problems.push(`${name}: give a value`);
    if (of === null) strategy = { ...strategy, [key]: value };
    else series = { ...series, [of]: { ...own(series, of), [key]: value } };
  }
  const sections = Object.entries(series).map(([name, section]) => [name, { strategy: section }]);
  const read = strategySettings(
    { strategy, series: Object.fromEntries(sections) },
    known.slice(BUILT_IN.length),
  );
  if (problems.length > 0 || read.settings === null) {
    return { settings: null, problems: [...problems, ...read.problems] };
  }
  return { settings: withSameObjects(settings, read.settings), problems: [] };
}

/** "strategy.holdBp", or "series.btc-updown-15m.strategy.holdBp": the series, and the parameter. */
function partsOf(name: string): { readonly of: string | null; readonly key: string } {
  const { of = null, key = name } =
    /^(?:series\.(?<of>[^.]+)\.)?strategy\.(?<key>[^.]+)$/.exec(name)?.groups ?? {};
  return { of, key };
}

function problemOfName(name: string, settings: StrategySettings): readonly string[] {
  const { of, key } = partsOf(name);
  if (key === name) {
    const all = keysOf(settings.standard.strategy);
    const meant = nearest(name.slice(name.lastIndexOf(".") + 1), all);
    const hint = meant === null ? "as in strategy.halfSpreadBp" : `did you mean strategy.${meant}?`;
    return [`${name}: not a parameter that can be set while it runs; ${hint}`];
  }
  if (of !== null && !Object.hasOwn(settings.given.series, of)) {
    const all = Object.keys(settings.given.series);
    const others = all.length === 0 ? "of no series" : `only of ${all.join(", ")}`;
    return [`${name}: this run has no section of the series ${of}, ${others}`];
  }
  if (STRUCTURAL_KEYS.includes(key)) {
    return [
      `${name}: which strategy runs cannot be set while it runs: stop, and start with another`,
    ];
  }
  return STARTUP_PARAMETERS.includes(key)
    ? [`${name}: is read once, as a run starts: put it into the configuration`]
    : [];
}

/** What has not changed stays the same object, so that nothing begins anew because of it. */
function withSameObjects(before: StrategySettings, after: StrategySettings): StrategySettings {
  const same = (old: ChosenStrategy | undefined, chosen: ChosenStrategy): ChosenStrategy =>
    old !== undefined && isSame(old.parameters, chosen.parameters) ? old : chosen;
  return {
    ...after,
    standard: same(before.standard, after.standard),
    bySeries: Object.fromEntries(
      Object.entries(after.bySeries).map(([name, chosen]) => [
        name,
        same(own(before.bySeries, name), chosen),
      ]),
    ),
  };
}

function differencesOf(
  before: StrategySettings,
  after: StrategySettings,
): readonly ParameterChange[] {
  const of = (path: string, old: ChosenStrategy | undefined, now: ChosenStrategy) =>
    Object.keys({ ...old?.parameters, ...now.parameters }).flatMap((key): ParameterChange[] => {
      const from = own<unknown>(old?.parameters ?? {}, key) ?? null;
      const to = own<unknown>(now.parameters, key) ?? null;
      return isSame(from, to) ? [] : [{ name: `${path}.${key}`, from, to }];
    });
  return [
    ...of("strategy", before.standard, after.standard),
    ...Object.entries(after.bySeries).flatMap(([name, chosen]) =>
      of(`series.${name}.strategy`, own(before.bySeries, name), chosen),
    ),
  ];
}

/** Of values that a journal keeps. */
const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Every name in the two sections, for "did you mean". */
export const strategyNames = (settings: StrategySettings | null): readonly string[] => [
  "strategy",
  "series",
  ...[
    ...new Set(
      (settings?.known ?? BUILT_IN).flatMap((each) => [...ownKeysOf(each), ...keysOf(each)]),
    ),
  ].map((key) => `strategy.${key}`),
];
