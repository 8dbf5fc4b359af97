declare const brand: unique symbol;

/** A primitive that only its own constructor can make: the brand is the unit, or the kind of id. */
export type Brand<Value, Name extends string> = Value & { readonly [brand]: Name };
