/** The key and the API credentials of an account, from the environment or a file that only we may read. */
import { readRegularFile } from "../journal/index.ts";
import {
  type Credentials,
  type PrivateKey,
  parseCredentials,
  parsePrivateKey,
} from "../venue/polymarket/index.ts";
import { API_VARIABLES, KEY_VARIABLE } from "./secretVariables.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Secrets {
  readonly key: PrivateKey | null;
  /** Null where none are given; they are then derived from the key. */
  readonly credentials: Credentials | null;
  /** None quotes a secret. */
  readonly problems: readonly string[];
}

export function secretsIn(environment: Environment, keyFile: string | undefined): Secrets {
  const key = keyIn(environment, keyFile);
  const credentials = credentialsIn(environment);
  return {
    key: typeof key === "string" ? null : key,
    credentials: typeof credentials === "string" ? null : credentials,
    problems: [key, credentials].filter((each) => typeof each === "string"),
  };
}

function keyIn(environment: Environment, keyFile: string | undefined): PrivateKey | string {
  const given = environment[KEY_VARIABLE];
  if (given === undefined && keyFile === undefined) {
    return `no private key: set ${KEY_VARIABLE}, or name a file with --key-file`;
  }
  if (given !== undefined && keyFile !== undefined) {
    return `two private keys: ${KEY_VARIABLE} is set, and --key-file is given`;
  }
  if (keyFile === undefined) {
    return parsePrivateKey(given ?? "") ?? `${KEY_VARIABLE}: not a private key of 64 hex digits`;
  }
  return keyInFile(keyFile);
}

/** A key and white space; a longer file is not a key file. */
const KEY_FILE_BYTES_MAX = 1_024;
const OF_OTHERS = 0o077;

function keyInFile(path: string): PrivateKey | string {
  const problem = (what: string): string => `--key-file: ${path}: ${what}`;
  // A link may name it, as mounted secrets are: what it leads to is what counts.
  const read = readRegularFile(path, KEY_FILE_BYTES_MAX, { followLink: true });
  if (read === null) return problem("no such file");
  if ("problem" in read) return problem(`${read.problem}: give a file with nothing but the key`);
  if ((read.mode & OF_OTHERS) !== 0) {
    const octal = (read.mode & 0o777).toString(8);
    return problem(`other users may read or write it (mode ${octal}): chmod 600`);
  }
  return parsePrivateKey(read.text) ?? problem("not a private key of 64 hex digits");
}

function credentialsIn(environment: Environment): Credentials | string | null {
  const { key, secret, passphrase } = {
    key: environment[API_VARIABLES.key],
    secret: environment[API_VARIABLES.secret],
    passphrase: environment[API_VARIABLES.passphrase],
  };
  if (key === undefined && secret === undefined && passphrase === undefined) return null;
  if (key === undefined || secret === undefined || passphrase === undefined) {
    return `API credentials: ${Object.values(API_VARIABLES).join(", ")} are given together or not at all`;
  }
  return (
    parseCredentials({ key, secret, passphrase }) ??
    `API credentials: ${API_VARIABLES.secret} is not base64, or another is empty`
  );
}
