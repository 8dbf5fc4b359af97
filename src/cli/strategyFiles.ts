/** Strategies in files of the user's: loaded before the configuration is read, since it may name their parameters. */
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  type AnyStrategy,
  type Section,
  isCommon,
  isStrategy,
  problemsOfStrategy,
} from "../streams/strategy/index.ts";
import { causeOf, isRecord } from "../types/index.ts";
import { problemOfFile } from "./files.ts";

/** Every file that was asked for, by its whole path. */
export interface LoadedStrategies {
  readonly byPath: ReadonlyMap<string, AnyStrategy | { readonly problems: readonly string[] }>;
}

export const NONE_LOADED: LoadedStrategies = { byPath: new Map() };

/** A name is a word; what has a slash or the ending of a script is a file. */
export const isFileName = (text: string): boolean => /[\\/]|\.[cm]?[jt]s$/.test(text);

/** Loads each file once; what is wrong with one is kept, to be said with everything else. */
export async function loadStrategies(paths: readonly string[]): Promise<LoadedStrategies> {
  const byPath = new Map<string, AnyStrategy | { readonly problems: readonly string[] }>();
  for (const path of new Set(paths)) byPath.set(path, await loaded(path));
  return { byPath };
}

async function loaded(path: string): Promise<AnyStrategy | { problems: readonly string[] }> {
  const problem = problemOfFile(path);
  if (problem !== null) return { problems: [problem] };
  let module: unknown;
  try {
    module = await import(pathToFileURL(path).href);
  } catch (error) {
    return { problems: [`${path} cannot be loaded: ${whyNotLoaded(error)}`] };
  }
  // A module's namespace is no plain object, and may have no prototype.
  const given: unknown = new Map(Object.entries(module ?? {})).get("default");
  if (given === undefined) {
    return {
      problems: [`${path}: no default export: end it with export default defineStrategy({ … })`],
    };
  }
  const problems = problemsOfStrategy(given).map((each) => `${path}: ${each}`);
  return isStrategy(given) ? given : { problems };
}

function whyNotLoaded(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  switch (code) {
    case "ERR_UNKNOWN_FILE_EXTENSION":
      return "this version of Node runs no TypeScript: give JavaScript, or use Node 22.18 or newer";
    case "ERR_MODULE_NOT_FOUND":
      return `${causeOf(error)}; tandem-mm must be installed beside the file: npm install tandem-mm`;
    default:
      return causeOf(String(error));
  }
}

export interface Sections {
  readonly strategy?: unknown;
  readonly series?: unknown;
}

/** Where a section says which file its strategy is in: the name for problems, and the whole path. */
interface Named {
  readonly name: string;
  readonly path: string;
}

/** The sections with `--strategy` laid over them, a file of a parameter file being beside that. */
export function withFlag(sections: Sections, flag: string | undefined): Sections {
  if (flag === undefined) return sections;
  const { strategy = {} } = sections;
  if (!isRecord(strategy)) return sections;
  const { name: _name, file: _file, ...others } = strategy;
  // Of the working directory, whatever a parameter file's files are beside.
  const chosen = isFileName(flag) ? { file: resolve(flag) } : { name: flag };
  return { ...sections, strategy: { ...others, ...chosen } };
}

/** Every file that the sections name. */
export const filesIn = (sections: Sections, configFile: string | undefined): readonly Named[] =>
  everySection(sections).flatMap(([path, section]) => fileOf(path, section, configFile));

/** The sections with the name of its strategy in the place of each file, and what is wrong with the files. */
export function withLoaded(
  sections: Sections,
  configFile: string | undefined,
  { byPath }: LoadedStrategies,
): {
  readonly sections: Sections;
  readonly strategies: readonly AnyStrategy[];
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  const strategies = new Set<AnyStrategy>();
  const replaced = (path: string, section: unknown): unknown => {
    if (!isRecord(section) || section["file"] === undefined) return section;
    const { file: _file, ...others } = section;
    const [named] = fileOf(path, section, configFile);
    if (others["name"] !== undefined)
      problems.push(`${path}.name: leave it out beside ${path}.file`);
    if (named === undefined) problems.push(`${path}.file: not a text`);
    const found = named && byPath.get(named.path);
    if (isStrategy(found)) {
      strategies.add(found);
      return { ...others, name: found.name };
    }
    problems.push(...(found?.problems ?? []).map((each) => `${path}: ${each}`));
    // What its own parameters are is not known.
    return Object.fromEntries(Object.entries(others).filter(([key]) => isCommon(key)));
  };
  const strategy = replaced("strategy", sections.strategy);
  const series = isRecord(sections.series)
    ? Object.fromEntries(
        Object.entries(sections.series).map(([name, section]) => [
          name,
          isRecord(section) && "strategy" in section
            ? { ...section, strategy: replaced(`series.${name}.strategy`, section["strategy"]) }
            : section,
        ]),
      )
    : sections.series;
  return {
    sections: {
      ...(strategy !== undefined && { strategy }),
      ...(series !== undefined && { series }),
    },
    strategies: [...strategies],
    problems: [...new Set(problems)],
  };
}

function fileOf(name: string, section: Section, configFile: string | undefined): readonly Named[] {
  const { file } = section;
  if (typeof file !== "string") return [];
  return [{ name, path: resolve(dirname(configFile ?? ""), file) }];
}

function everySection({ strategy, series }: Sections): readonly (readonly [string, Section])[] {
  const below = isRecord(series) ? Object.entries(series) : [];
  return [
    ["strategy", strategy] as const,
    ...below.map(([name, section]) => {
      const own = isRecord(section) ? section["strategy"] : undefined;
      return [`series.${name}.strategy`, own] as const;
    }),
  ].flatMap(([path, section]) => (isRecord(section) ? [[path, section] as const] : []));
}
