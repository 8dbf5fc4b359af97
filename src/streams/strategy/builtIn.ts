/** The strategies that come with the program; the first is the default. */
import { bands } from "./bands.ts";
import type { AnyStrategy } from "./defineStrategy.ts";
import { digital } from "./digital.ts";
import { dummy } from "./dummy.ts";
import { mid } from "./mid.ts";
import { rewards } from "./rewards.ts";

export const BUILT_IN: readonly [AnyStrategy, ...AnyStrategy[]] = [
  digital,
  mid,
  bands,
  rewards,
  dummy,
];
