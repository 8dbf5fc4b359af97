/** Where a secret may stand in the environment. Imports nothing: `main` removes them before anything is loaded. */

/** Environment variables that may hold a secret; `main` deletes them once they are read. */
export const KEY_VARIABLE = "TANDEM_PRIVATE_KEY";
export const API_VARIABLES = {
  key: "TANDEM_API_KEY",
  secret: "TANDEM_API_SECRET",
  passphrase: "TANDEM_API_PASSPHRASE",
} as const;
export const SECRET_VARIABLES: readonly string[] = [KEY_VARIABLE, ...Object.values(API_VARIABLES)];

/** Masks keys, for messages that quote an argument: it may be a key in the wrong place. */
export const withoutKeys = (text: string): string =>
  text.replaceAll(/(0x)?[\da-f]{64}/gi, "(a key?)");
