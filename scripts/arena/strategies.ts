/** The strategies that can be entered, by name, and how the program is told to quote by one. */
import { digital } from "../../src/streams/strategy/index.ts";

export const STRATEGIES: readonly string[] = [digital.name];

/** Parameters as in a file, with the strategy chosen: there is one, so there is nothing to choose yet. */
export const choosing = (_strategy: string, parameters: object): object => parameters;
