/**
 * Schemas as plain functions, made from the schemas themselves, which so stay the only definition of
 * what is accepted. zod allocates for each field of each message; a user frame took ten times its
 * `JSON.parse`. A schema with anything that is not known here is read by zod.
 */
import { z } from "zod";
import { isRecord } from "../../../types/index.ts";

/** What the value is read as, or `REFUSED`. */
type Read = (value: unknown) => unknown;

const REFUSED = Symbol("refused");

/** Undefined where the schema does not accept the value. */
export function readerOf<Schema extends z.ZodType>(
  schema: Schema,
): (value: unknown) => z.output<Schema> | undefined {
  const read = readOf(schema);
  const isRead = (found: unknown): found is z.output<Schema> => found !== REFUSED;
  if (read === null) return (value) => schema.safeParse(value).data;
  return (value) => {
    const found = read(value);
    return isRead(found) ? found : undefined;
  };
}

/** Null for a schema with a part that is not known here. */
export function readOf(schema: unknown): Read | null {
  if (!(schema instanceof z.ZodType) || ("coerce" in schema.def && schema.def.coerce)) return null;
  if (schema instanceof z.ZodString) return textOf(schema);
  if (schema instanceof z.ZodArray) return listOf(schema);
  if (hasChecks(schema) || schema instanceof z.ZodXor) return null;
  if (schema instanceof z.ZodNumber)
    return schema.format === null ? only((value) => Number.isFinite(value)) : null;
  if (schema instanceof z.ZodBoolean) return only((value) => typeof value === "boolean");
  if (schema instanceof z.ZodUnknown) return (value) => value;
  if (schema instanceof z.ZodLiteral) return among([...schema.values]);
  if (schema instanceof z.ZodEnum) return among(Object.values(schema.enum));
  if (schema instanceof z.ZodNullable) return unless(null, schema.def.innerType);
  if (schema instanceof z.ZodOptional) return unless(undefined, schema.def.innerType);
  if (schema instanceof z.ZodCatch) return caughtOf(schema);
  if (schema instanceof z.ZodUnion) return firstOf(schema.def.options);
  if (schema instanceof z.ZodPipe) return transformed(schema);
  if (schema instanceof z.ZodObject) return objectOf(schema);
  return null;
}

const hasChecks = ({ def }: z.ZodType): boolean => (def.checks ?? []).length > 0;

const only =
  (isGood: (value: unknown) => boolean): Read =>
  (value) =>
    isGood(value) ? value : REFUSED;

const among = (values: readonly unknown[]): Read => only((value) => values.includes(value));

function textOf(schema: z.ZodString): Read | null {
  const lengths = lengthsOf(schema);
  if (lengths === null || schema.format !== null) return null;
  const { min, max } = lengths;
  return only((value) => typeof value === "string" && value.length >= min && value.length <= max);
}

interface Lengths {
  readonly min: number;
  readonly max: number;
}

/** Null where anything but the length is checked. */
function lengthsOf({
  def,
}: {
  readonly def: { readonly checks?: readonly z.core.$ZodCheck[] | undefined };
}): Lengths | null {
  return (def.checks ?? []).reduce<Lengths | null>(
    (acc, check) => {
      if (acc === null) return null;
      const { min, max } = acc;
      if (check instanceof z.core.$ZodCheckMinLength) {
        const { _zod: inner } = check;
        return { min: Math.max(min, inner.def.minimum), max };
      }
      if (check instanceof z.core.$ZodCheckMaxLength) {
        const { _zod: inner } = check;
        return { min, max: Math.min(max, inner.def.maximum) };
      }
      return null;
    },
    { min: 0, max: Infinity },
  );
}

function unless(blank: null | undefined, inner: unknown): Read | null {
  const read = readOf(inner);
  return read && ((value) => (value === blank ? blank : read(value)));
}

function caughtOf({ def }: z.ZodCatch): Read | null {
  const read = readOf(def.innerType);
  // One that looks at the refusal would need zod to say what was refused.
  if (read === null || def.catchValue.length > 0) return null;
  return (value) => {
    const found = read(value);
    return found === REFUSED ? Reflect.apply(def.catchValue, undefined, []) : found;
  };
}

function firstOf(options: readonly unknown[]): Read | null {
  const reads = options.map(readOf).filter((read) => read !== null);
  return reads.length < options.length
    ? null
    : (value) => {
        for (const read of reads) {
          const found = read(value);
          if (found !== REFUSED) return found;
        }
        return REFUSED;
      };
}

function transformed({ def }: z.ZodPipe): Read | null {
  const read = readOf(def.in);
  if (read === null || !(def.out instanceof z.ZodTransform)) return null;
  const { transform } = def.out.def;
  if (transform.length > 1) return null;
  return (value) => {
    const found = read(value);
    return found === REFUSED ? REFUSED : Reflect.apply(transform, undefined, [found]);
  };
}

function listOf(schema: z.ZodArray): Read | null {
  const read = readOf(schema.element);
  const lengths = lengthsOf(schema);
  if (read === null || lengths === null) return null;
  return (value) => {
    if (!Array.isArray(value) || value.length < lengths.min || value.length > lengths.max)
      return REFUSED;
    const found: readonly unknown[] = value.map((each) => read(each));
    return found.includes(REFUSED) ? REFUSED : found;
  };
}

function objectOf(schema: z.ZodObject): Read | null {
  if (schema.def.catchall !== undefined) return null;
  const fields: (readonly [name: string, read: Read])[] = [];
  for (const [name, inner] of Object.entries(schema.shape)) {
    const read = readOf(inner);
    if (read === null || mayStandForNothing(inner)) return null;
    fields.push([name, read]);
  }
  return (value) => {
    if (!isRecord(value)) return REFUSED;
    const found: Record<string, unknown> = {};
    for (const [name, read] of fields) {
      const one = read(value[name]);
      if (one === REFUSED) return REFUSED;
      found[name] = one;
    }
    return found;
  };
}

/** Takes undefined, but not the absence of its field, which is not told apart here. */
const mayStandForNothing = (schema: unknown): boolean =>
  schema instanceof z.ZodUnknown ||
  (schema instanceof z.ZodLiteral && schema.values.has(undefined)) ||
  (schema instanceof z.ZodUnion && schema.def.options.some(mayStandForNothing));
