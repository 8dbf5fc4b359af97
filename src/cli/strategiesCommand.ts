/** `tandem strategies`: every strategy with its parameters, as their schemas have them. */
import { resolve } from "node:path";
import {
  type AnyStrategy,
  BUILT_IN,
  type ParameterWords,
  commonWords,
  isStrategy,
  parameterWords,
} from "../streams/strategy/index.ts";
import { ConfigError, nearest } from "../types/index.ts";
import { type CommandHost, EXIT_CLEAN } from "./command.ts";
import { isFileName, loadStrategies } from "./strategyFiles.ts";

/** All of them, or those of these names and files. @throws ConfigError with every problem. */
export async function strategiesCommand(
  words: readonly string[],
  { write }: CommandHost,
): Promise<number> {
  const paths = words.filter(isFileName).map((each) => resolve(each));
  const { byPath } = await loadStrategies(paths);
  const problems: string[] = [];
  const found = words.flatMap((word): readonly AnyStrategy[] => {
    const strategy = isFileName(word)
      ? byPath.get(resolve(word))
      : BUILT_IN.find(({ name }) => name === word);
    if (isStrategy(strategy)) return [strategy];
    const names = BUILT_IN.map(({ name }) => name);
    const meant = nearest(word, names);
    const unknown = `${word}: no strategy; ${meant === null ? `one of ${names.join(", ")}` : `did you mean ${meant}?`}`;
    problems.push(...(strategy?.problems ?? [unknown]));
    return [];
  });
  if (problems.length > 0) throw new ConfigError(problems);
  write(strategiesText(words.length === 0 ? BUILT_IN : found));
  return EXIT_CLEAN;
}

export const strategiesText = (strategies: readonly AnyStrategy[]): string =>
  [
    ...strategies.map((each) => section(`${each.name}: ${each.describe}`, parameterWords(each))),
    section("every strategy has also", commonWords()),
  ].join("\n");

const section = (title: string, words: readonly ParameterWords[]): string =>
  [title, ...words.map(line), ""].join("\n");

const line = ({ name, standard, range, text }: ParameterWords): string =>
  `  ${name.padEnd(21)}${standard.padEnd(9)}${range}${text === "" ? "" : `; ${text}`}`;
