/** The parameters of a strategy in words, from its schema: for `--help` and the manual, which so cannot differ from it. */
import { z } from "zod";
import { isRecord, own } from "../../types/index.ts";
import { isCommon, ownKeysOf } from "./choice.ts";
import type { AnyStrategy } from "./defineStrategy.ts";
import { commonParameters } from "./parameters.ts";

export interface ParameterWords {
  readonly name: string;
  /** As JSON has it; empty where there is none. */
  readonly standard: string;
  readonly range: string;
  readonly text: string;
}

/** Those of a strategy alone; `commonWords` are those of every one. */
export const parameterWords = (strategy: AnyStrategy): readonly ParameterWords[] =>
  wordsIn(strategy.parameters, ownKeysOf(strategy)).filter(({ name }) => !isCommon(name));

export const commonWords = (): readonly ParameterWords[] =>
  wordsIn(commonParameters, Object.keys(commonParameters.shape));

function wordsIn(schema: z.ZodType, keys: readonly string[]): readonly ParameterWords[] {
  const properties = propertiesOf(schema);
  return keys.map((name) => {
    const property = own<unknown>(properties, name);
    const { default: standard, description } = isRecord(property) ? property : {};
    return {
      name,
      standard: standard === undefined ? "" : JSON.stringify(standard),
      range: isRecord(property) ? rangeOf(property) : "",
      text: typeof description === "string" ? description : "",
    };
  });
}

/** None of a schema that cannot be read: it may be made by another version of zod. */
function propertiesOf(schema: z.ZodType): Readonly<Record<string, unknown>> {
  try {
    const { properties } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
    return properties ?? {};
  } catch {
    return {};
  }
}

function rangeOf(property: Readonly<Record<string, unknown>>): string {
  const { enum: values, type, minimum, exclusiveMinimum, maximum, exclusiveMaximum } = property;
  if (Array.isArray(values)) return values.map(String).join(", ");
  if (type === "boolean") return "true, false";
  const bound = (word: string, value: unknown): readonly string[] =>
    // Bounds that a double has anyway are no range.
    typeof value === "number" && Math.abs(value) < Number.MAX_SAFE_INTEGER
      ? [`${word} ${value}`]
      : [];
  const parts = [
    ...bound("from", minimum),
    ...bound("above", exclusiveMinimum),
    ...bound("to", maximum),
    ...bound("below", exclusiveMaximum),
  ];
  return [
    ...parts,
    ...(type === "integer" ? ["whole"] : []),
    ...(type === "string" ? ["text"] : []),
  ].join(", ");
}
