/** The value of a record's own key: an id of the venue may be called `constructor` or `__proto__`. */
export const own = <Value>(
  record: Readonly<Record<string, Value>>,
  key: string,
): Value | undefined => (Object.hasOwn(record, key) ? record[key] : undefined);
