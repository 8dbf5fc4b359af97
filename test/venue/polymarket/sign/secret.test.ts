import { format, inspect } from "node:util";
import pino from "pino";
import { describe, expect, it } from "vitest";
import { LawBroken, assert, epochMs } from "../../../../src/types/index.ts";
import {
  Secret,
  addressOf,
  chooseSigner,
  l1Headers,
  l2Headers,
  parseCredentials,
  parsePrivateKey,
} from "../../../../src/venue/polymarket/index.ts";
import { silent, testKey } from "./keys.ts";
import { availableSigners } from "./signers.ts";

const { signers } = await availableSigners();
const TEXT = "open-sesame-5f3a";

/** Every known way to turn a value into text. */
const PRINTERS: Readonly<Record<string, (it: unknown) => string>> = {
  "String()": (it) => String(it),
  "a template": (it) => `<${it as string}>`,
  "a sum": (it) => "" + (it as string),
  "a key": (it) => Object.keys({ [it as string]: 1 }).join(""),
  "JSON.stringify": (it) => JSON.stringify(it),
  "JSON.stringify, nested": (it) => JSON.stringify({ deep: [{ it }] }),
  "JSON.stringify of a copy": (it) => JSON.stringify({ ...Object(it) }),
  "util.inspect": (it) => inspect(it),
  "util.inspect, all of it": (it) =>
    inspect(it, { showHidden: true, depth: Infinity, getters: true, customInspect: false }),
  "util.inspect, nested": (it) => inspect({ deep: [it] }, { showHidden: true, depth: Infinity }),
  "util.format": (it) => format("%s %o %O %j", it, it, it, it),
  "Object.entries": (it) => String(Object.entries(Object(it))),
  "own properties": (it) => Reflect.ownKeys(Object(it)).map(String).join(),
  structuredClone: (it) => inspect(structuredClone(Object(it)), { showHidden: true }),
  "an error": (it) => inspect(new Error(`no good: ${it as string}`, { cause: it })),
  "a broken law": (it) => {
    try {
      assert(false, "J", "shown", { it });
    } catch (error) {
      return `${String(error)} ${inspect(error, { depth: Infinity })} ${JSON.stringify(error)}`;
    }
    return "";
  },
  "a log line": (it) => {
    const lines: string[] = [];
    pino({ level: "trace" }, { write: (line: string) => lines.push(line) }).info(
      { it },
      `about ${it as string}`,
    );
    return lines.join();
  },
};

describe("a Secret", () => {
  it.each(Object.entries(PRINTERS))("shows nothing in %s", (_name, printed) => {
    expect(printed(new Secret(TEXT))).not.toContain(TEXT);
    expect(printed({ inside: new Secret(TEXT) })).not.toContain(TEXT);
    expect(printed(new Secret({ inside: TEXT }))).not.toContain(TEXT);
  });

  it("prints as [secret]", () => {
    const secret = new Secret(TEXT);

    expect([String(secret), JSON.stringify(secret), inspect(secret)]).toEqual([
      "[secret]",
      `"[secret]"`,
      "[secret]",
    ]);
  });

  it("is given by reveal() alone", () => {
    expect(new Secret(TEXT).reveal()).toBe(TEXT);
  });
});

describe("a secret value", () => {
  const digits = "8f2a559490d2f5a1c3b6e7d8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c";
  const bytes = [...Buffer.from(digits, "hex")].slice(0, 6);
  const key = parsePrivateKey(`0x${digits}`) ?? testKey("never");
  const plain = { key: "id", secret: "c2VjcmV0LXNlY3JldA==", passphrase: "passphrase-1234" };
  const credentials = parseCredentials(plain);
  /** None of these may appear in a text. */
  const traces = [
    digits,
    digits.slice(0, 12),
    bytes.join(","),
    bytes.join(", "),
    inspect(Uint8Array.from(bytes)).slice(14, 30),
    plain.secret,
    "secret-secret",
    plain.passphrase,
  ];

  it.each(Object.entries(PRINTERS))("is in no %s", async (_name, printed) => {
    const signer = await chooseSigner(silent);
    const now = epochMs(1_795_305_600_000);
    const owner = addressOf(signer, key);
    const request = { method: "GET", path: "/", body: null };
    const headers = credentials && l2Headers(owner, credentials, request, now);
    const l1 = l1Headers(signer, key, { now, nonce: 0, chainId: 137 });
    const signature = l1.reveal()["POLY_SIGNATURE"] ?? "none";
    const mac = headers?.reveal()["POLY_SIGNATURE"] ?? "none";

    const text = [key, credentials, headers, l1, { key, credentials }].map(printed).join("\n");

    expect([...traces, signature, mac].filter((trace) => text.includes(trace))).toEqual([]);
  });

  it.each(["", "0x12", `0x${digits}00`, digits.replace("8", "g"), `0x${"0".repeat(64)}`])(
    "is not quoted where it cannot be parsed: %s",
    (text) => {
      expect(parsePrivateKey(text)).toBeNull();
    },
  );

  it.each(signers.map((signer) => [signer.name, signer] as const))(
    "is in no error of the %s signer",
    (_name, { sign, publicKey }) => {
      const short = new Secret(key.reveal().subarray(0, 31));
      const errors = [
        thrown(() => sign(new Uint8Array(32), short)),
        thrown(() => publicKey(short)),
      ];

      for (const error of errors) {
        expect(error).toBeInstanceOf(Error);
        const text = `${String(error)} ${inspect(error, { depth: Infinity, showHidden: true })}`;
        expect(traces.filter((trace) => text.includes(trace))).toEqual([]);
      }
    },
  );
});

function thrown(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

it("a LawBroken can be printed", () => {
  expect(new LawBroken("J", "x", { secret: new Secret(TEXT) }).message).not.toContain(TEXT);
});
