import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { availableSigners } from "./signers.ts";
import { checkVectors } from "./vectors.ts";

const root = new URL("../../../../", import.meta.url);
const own = new URL("test/fixtures/polymarket-sign/vectors.json", root);
const shared = new URL("../shared/fixtures/polymarket/", root);

const { signers } = await availableSigners();

describe("the vectors", () => {
  it("of this repository pass with every signer", () => {
    const checked = checkVectors(readFileSync(own, "utf8"), signers) ?? [];

    expect(checked).toHaveLength(9);
    expect(checked.filter(({ problems }) => problems.length > 0)).toEqual([]);
  });

  it.skipIf(!existsSync(shared))(
    "of the official client pass with every signer (needs ../shared/fixtures)",
    () => {
      const files = readdirSync(shared).filter((it) => /^(vectors-.*|rounding)\.json$/.test(it));
      const checked = files.flatMap(
        (file) => checkVectors(readFileSync(new URL(file, shared), "utf8"), signers) ?? [],
      );

      expect(checked.length).toBeGreaterThanOrEqual(20 + 11 + 24);
      expect(checked.filter(({ problems }) => problems.length > 0)).toEqual([]);
    },
  );
});

describe("a corrupted vector", () => {
  const fast = signers.filter(({ name }) => name === "wasm");
  const sources = ["vectors-orders", "vectors-auth", "rounding"].map((name) => ({
    name: `${name}.json (needs ../shared/fixtures)`,
    file: new URL(`${name}.json`, shared),
  }));
  const nothingIsMadeOf = [
    /\bname$/,
    /\bsource$/,
    /\bsignatureForm$/,
    // Protocol V2 has one exchange, and the retired order no time.
    /^v3-.* input\.negRisk$/,
    /Protocol V2.* input\.negRisk$/,
    /^v1-.* fixed\.nowMs$/,
  ];

  for (const { name, file } of [{ name: "our own", file: own }, ...sources]) {
    it.skipIf(!existsSync(file))(`fails, wherever it is corrupted: ${name}`, () => {
      const unnoticed = singles(JSON.parse(readFileSync(file, "utf8"))).flatMap((single) =>
        leaves(single.case)
          .filter((path) => {
            const checked = checkVectors(single.file(changed(single.case, path)), fast);
            return checked?.every(({ problems }) => problems.length === 0);
          })
          .map((path) => `${single.name} ${path}`),
      );

      expect(unnoticed.filter((it) => !nothingIsMadeOf.some((exempt) => exempt.test(it)))).toEqual(
        [],
      );
    });
  }
});

describe("npm run vectors", () => {
  const folder = mkdtempSync(join(tmpdir(), "vectors-"));
  const good = fileURLToPath(own);
  const bad = join(folder, "bad.json");
  const cut = join(folder, "cut.json");
  const empty = join(folder, "empty.json");
  const absent = join(folder, "absent.json");

  beforeAll(() => {
    const text = readFileSync(own, "utf8");
    writeFileSync(bad, JSON.stringify(changed(JSON.parse(text), "vectors.2.expected.signature")));
    writeFileSync(cut, text.slice(0, 1000));
    writeFileSync(empty, `{"vectors":[]}`);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const run = (...files: readonly string[]): { code: number | null; out: string; err: string } => {
    const script = ["--import", "tsx", "scripts/vectors.ts", ...files];
    const options = { cwd: fileURLToPath(root), encoding: "utf8" } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, script, options);
    return { code: status, out: stdout, err: stderr };
  };

  it("prints how many passed, exit code 0", () => {
    const { code, out } = run(good);

    expect(out).toMatch(/vectors\.json: 9 of 9 passed \(.*wasm, pure\)\n$/);
    expect(code).toBe(0);
  });

  it("prints the case that differs, expected and actual, exit code 1", () => {
    const { code, out } = run(bad, good);

    expect(out).toContain("bad.json: 8 of 9 passed");
    expect(out).toMatch(/BUY, deposit wallet: signature \(wasm\): expected "0x.*", got "0x/);
    expect(out).toContain("vectors.json: 9 of 9 passed");
    expect(code).toBe(1);
  });

  it("checks the other files where one cannot be read, exit code 2", () => {
    const { code, out, err } = run(absent, cut, empty, bad, good);

    expect(err).toContain("absent.json: ENOENT");
    expect(err).toContain("cut.json: no signing vectors in it, or not JSON");
    expect(err).toContain("empty.json: no signing vectors in it, or not JSON");
    expect(out).toContain("9 of 9 passed");
    expect(code).toBe(2);
  });

  it("prints its usage without arguments", () => {
    expect(run()).toMatchObject({ code: 2, out: expect.stringContaining("FILE…") });
    expect(run("--help")).toMatchObject({ code: 0, out: expect.stringContaining("FILE…") });
  });
});

interface Single {
  readonly name: string;
  readonly case: unknown;
  /** A file with this one case. */
  readonly file: (it: unknown) => string;
}

function singles(all: Readonly<Record<string, unknown>>): readonly Single[] {
  const { about: _, ...lists } = all;
  return Object.entries(lists).flatMap(([list, cases]) =>
    Object.entries(cases ?? {}).map(([key, it]: [string, unknown]) => ({
      name: String(Object(it).name ?? `${list} ${key}`),
      case: it,
      file: (alone: unknown) =>
        JSON.stringify({ [list]: Array.isArray(cases) ? [alone] : { [key]: alone } }),
    })),
  );
}

function leaves(value: unknown, path = ""): readonly string[] {
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([name, it]) =>
    leaves(it, path === "" ? name : `${path}.${name}`),
  );
}

/** A copy with the smallest change to one value. */
function changed(value: unknown, path: string): unknown {
  const [name = "", ...rest] = path.split(".");
  if (path === "") return other(value);
  const copy: Record<string, unknown> = { ...Object(value) };
  copy[name] = changed(copy[name], rest.join("."));
  return Array.isArray(value) ? Object.values(copy) : copy;
}

function other(value: unknown): unknown {
  if (typeof value === "number") return value + 1;
  if (typeof value === "boolean") return !value;
  if (typeof value !== "string") return "x";
  // In the middle: the last character of base64 may hold unused bits.
  const at = Math.floor(value.length / 2);
  const letter = value.charAt(at) === "1" ? "2" : "1";
  return `${value.slice(0, at)}${letter}${value.slice(at + 1)}`;
}
