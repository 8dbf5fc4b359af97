/** The strategies that can be entered, by name, and how the program is told to quote by one. */
import { BUILT_IN } from "../../src/streams/strategy/index.ts";
import { isRecord } from "../../src/types/index.ts";

export const STRATEGIES: readonly string[] = BUILT_IN.map(({ name }) => name);

/** Parameters as in a file, with the strategy chosen. */
export const choosing = (name: string, parameters: Readonly<Record<string, unknown>>): object => ({
  ...parameters,
  strategy: { ...(isRecord(parameters["strategy"]) ? parameters["strategy"] : {}), name },
});
