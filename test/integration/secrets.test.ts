/**
 * [secrets] A live run at its most talkative, on a venue that does its worst: nothing that it writes,
 * and nothing that it says where the venue need not hear it, holds a secret in any form.
 */
import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ended, type Running, build, killAll, run, sleep } from "./childProcess.ts";
import { type RecordedVenue, openRecordedVenue } from "./recordedVenue.ts";
import { until } from "../support/patience.ts";

let folder = "";
let venue: RecordedVenue;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tandem-secrets-"));
  await build();
  venue = await openRecordedVenue();
});
afterAll(() => {
  killAll();
  venue.close();
  rmSync(folder, { recursive: true });
});

interface Secrets {
  readonly key: Buffer;
  readonly secret: Buffer;
  readonly passphrase: string;
}

/** Every spelling of it that something could be written in. */
function formsOf(bytes: Buffer): readonly string[] {
  const base64 = bytes.toString("base64");
  return [
    bytes.toString("hex"),
    base64.replace(/=+$/, ""),
    base64.replace(/=+$/, "").replaceAll("+", "-").replaceAll("/", "_"),
    bytes.toString("utf8"),
    bytes.toString("latin1"),
    // As a Uint8Array prints itself, in a line or over many.
    [...bytes].join(","),
    [...bytes].join(", "),
    BigInt(`0x${bytes.toString("hex")}`).toString(),
  ];
}

/** Forms of the bytes; and of the text that stands for them, encoded once more. */
function formsOfAll({ key, secret, passphrase }: Secrets): Readonly<Record<string, string[]>> {
  const texts = [key.toString("hex"), `0x${key.toString("hex")}`];
  const again = (text: string): readonly string[] => formsOf(Buffer.from(text));
  return {
    key: [...formsOf(key), ...texts.flatMap(again)],
    secret: [...formsOf(secret), ...again(secret.toString("base64"))],
    passphrase: [passphrase, ...again(passphrase)],
  };
}

/** By name, the forms of which a text holds one; a form is found in whatever case hex is written. */
function heldBy(text: string, secrets: Secrets): readonly string[] {
  const lower = text.toLowerCase();
  return Object.entries(formsOfAll(secrets)).flatMap(([name, forms]) =>
    forms.filter((form) => text.includes(form) || lower.includes(form)).map(() => name),
  );
}

function filesIn(path: string): readonly string[] {
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .map((name) => join(path, name))
    .filter((name) => statSync(name).isFile());
}

let runs = 0;
function live(
  env: Readonly<Record<string, string>>,
  before: readonly string[] = [],
  after: readonly string[] = [],
) {
  const home = join(folder, `run-${(runs += 1)}`);
  const parameters = `${home}.json`;
  const sizes = { budgetUsdc: 100, netMaxShares: 100, grossMaxShares: 200 };
  const limits = { lossPerDayUsd: { max: 100, action: "halt" } };
  // A stop need not wait for more than this venue can do.
  const executor = { ...sizes, lateBookingMs: 1_000, surveyGapMs: 500 };
  const account = { wallet: "key" };
  writeFileSync(parameters, JSON.stringify({ executor, limits, account, venue: venue.addresses }));
  const flags = ["--live", "--yes", "--series", "btc-updown-4h", "--config", parameters];
  const more = ["--journal", home, "--log-level", "debug", "--json", "--for", "10m"];
  const all = ["--enable-source-maps", ...before, "dist/cli/main.js", ...flags, ...more, ...after];
  return { home, it: run(process.execPath, all, env) };
}

const written = ({ stdout, stderr }: Ended, home: string): string =>
  [stdout, stderr, ...filesIn(home).map((path) => readFileSync(path, "latin1"))].join("\n");

/** What a client sent, without the logins of HTTP, the user channel and the price socket. */
const traced = (said: readonly string[]): string =>
  said
    .join("\n")
    .replace(/^POLY_PASSPHRASE: .*$/gim, "")
    .replace(/^\{"auth":.*?"type":"user".*?\}/gm, "")
    .replace(/\{"op":"auth",.*?\}\}/g, "");

/** 401, connections cut off, answers that are none; then all is well, then worse. */
async function provoke(it: Running): Promise<void> {
  await it.logged(/ placing order /);
  const fates = [
    { answer: "HTTP/1.1 401 Unauthorized\r\ncontent-length: 35\r\n\r\n" + UNAUTHORIZED },
    "reset",
    { answer: "HTTP/1.1 500 No\r\ncontent-length: 4\r\n\r\nwhat" },
    { answer: "nonsense\r\n\r\n" },
  ] as const;
  for (const fate of fates) {
    let met = 0;
    venue.tamper(() => {
      met += 1;
      return fate;
    });
    await sleep(1_200);
    await until(() => met >= 3);
  }
  venue.tamper(() => "pass");
  await sleep(1_500);
  await it.logged(/401|Unauthorized/);
}
const UNAUTHORIZED = '{"error":"Unauthorized/Invalid key"}'.slice(0, 35);

describe("secrets", () => {
  it("the search finds what it looks for, in every form", () => {
    const secrets = { key: randomBytes(32), secret: randomBytes(32), passphrase: "open sesame" };
    const { key, secret } = secrets;
    expect(heldBy("nothing of it", secrets)).toEqual([]);
    for (const [text, name] of [
      [`0x${key.toString("hex").toUpperCase()}`, "key"],
      [JSON.stringify([...key]), "key"],
      [Buffer.from(`0x${key.toString("hex")}`).toString("base64"), "key"],
      [`{"secret":"${secret.toString("base64")}"}`, "secret"],
      [secret.toString("base64url"), "secret"],
      ["… open sesame …", "passphrase"],
    ] as const) {
      expect(heldBy(text, secrets)).toContain(name);
    }
  });

  it("derived and given, through errors, a crash and an end, none is written or said", async () => {
    const key = randomBytes(32);
    const env = { TANDEM_PRIVATE_KEY: key.toString("hex") };
    const before = venue.sent().length;
    const derived = live(env, ["--import", CRASH]);
    await provoke(derived.it);
    derived.it.kill("SIGUSR2");
    const crashed = await derived.it.ended;
    expect(crashed.code).toBe(1);
    expect(crashed.stderr).toMatch(/DEBUG/);
    expect(crashed.stderr).toMatch(/stopped by the kill switch/);
    expect(crashed.stderr).toMatch(/provoked/);

    const said = venue.sent().slice(before);
    const secrets = { key, ...toldIn(said) };
    expect(crashed.stderr).toMatch(/401|Unauthorized/);
    expect(filesIn(derived.home).toSorted()).toEqual([
      expect.stringMatching(/account\.json$/),
      expect.stringMatching(/\.ndjson$/),
    ]);
    expect(heldBy(written(crashed, derived.home), secrets)).toEqual([]);
    expect(heldBy(traced(said), secrets)).toEqual([]);
    // What the venue must hear it does, so the trace is one of the whole conversation.
    expect(said.join("\n")).toContain(secrets.passphrase);

    // The same credentials, given: the way in is another.
    const given = live({
      ...env,
      TANDEM_API_KEY: secrets.apiKey,
      // In the venue's own alphabet of base64: it compares texts.
      TANDEM_API_SECRET: secrets.secret.toString("base64url").padEnd(44, "="),
      TANDEM_API_PASSPHRASE: secrets.passphrase,
    });
    await given.it.logged(/ placing order /);
    given.it.kill("SIGTERM");
    const ended = await given.it.ended;
    expect(ended.code).toBe(0);
    expect(heldBy(written(ended, given.home), secrets)).toEqual([]);
    expect(heldBy(traced(venue.sent().slice(before)), secrets)).toEqual([]);
  });

  it.runIf(existsSync("/proc/self/environ"))(
    "in the environment stay readable in /proc while the program runs, and that is said; a key file leaves none there",
    async () => {
      const key = randomBytes(32).toString("hex");
      const keyFile = join(folder, "key");
      writeFileSync(keyFile, key, { mode: 0o600 });
      const started = async (env: Readonly<Record<string, string>>, flags: readonly string[]) => {
        const { it } = live(env, [], flags);
        await it.logged(/LIVE, with real money/);
        const environ = readFileSync(`/proc/${it.pid}/environ`, "latin1");
        it.kill("SIGKILL");
        const { stderr } = await it.ended;
        const warnings = stderr.split("\n").filter((line) => line.includes("/proc/PID/environ"));
        return { isReadable: environ.includes(key), warnings };
      };

      const byEnvironment = await started({ TANDEM_PRIVATE_KEY: key }, []);
      const byFile = await started({}, ["--key-file", keyFile]);

      expect(byEnvironment).toEqual({
        isReadable: true,
        warnings: [expect.stringMatching(/WARN.*prefer --key-file variables=TANDEM_PRIVATE_KEY$/)],
      });
      expect(byFile).toEqual({ isReadable: false, warnings: [] });
    },
  );

  it("a wrong key or credential is refused without a word of it", async () => {
    const key = randomBytes(33);
    const secrets = { key, secret: randomBytes(32), passphrase: "never said" };
    const { home, it } = live({
      TANDEM_PRIVATE_KEY: key.toString("hex"),
      TANDEM_API_SECRET: `${secrets.secret.toString("base64")}!`,
      TANDEM_API_PASSPHRASE: secrets.passphrase,
    });
    const { code, stdout, stderr } = await it.ended;

    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("TANDEM_PRIVATE_KEY");
    expect(heldBy(stderr, secrets)).toEqual([]);
    expect(() => readdirSync(home)).toThrow(/ENOENT/);
  });
});

/** As a bug would: from outside of the graph, with all that the environment still holds. */
const CRASH = `data:text/javascript,${encodeURIComponent(
  `process.on("SIGUSR2", () => { throw new Error("provoked " + JSON.stringify(process.env)); });`,
)}`;

/** What the venue gave, as the client said it where it had to. */
function toldIn(said: readonly string[]): Omit<Secrets, "key"> & { readonly apiKey: string } {
  const auth = /"auth":(\{[^}]*\})/.exec(said.join("\n"))?.[1] ?? expect.unreachable("no auth");
  const { apiKey, secret, passphrase } = JSON.parse(auth) as Record<string, string>;
  return {
    apiKey: apiKey ?? "",
    secret: Buffer.from(secret ?? "", "base64"),
    passphrase: passphrase ?? "",
  };
}
