/** A registry of packages on loopback: ours as npm packs it, and all others as they are installed here. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Manifest {
  readonly name: string;
  readonly version: string;
}

export interface PackageRegistry {
  readonly origin: string;
  readonly close: () => void;
}

/** The folders of `node_modules`, nested ones too, by the name of the package in them. */
function installed(): ReadonlyMap<string, readonly string[]> {
  const lock: { readonly packages: Readonly<Record<string, unknown>> } = JSON.parse(
    readFileSync("package-lock.json", "utf8"),
  );
  const folders = new Map<string, readonly string[]>();
  for (const path of Object.keys(lock.packages)) {
    const name = /.*node_modules\/(.+)$/.exec(path)?.[1];
    if (name === undefined || !existsSync(join(path, "package.json"))) continue;
    folders.set(name, [...(folders.get(name) ?? []), path]);
  }
  return folders;
}

export async function packageRegistry(): Promise<PackageRegistry> {
  const folder = mkdtempSync(join(tmpdir(), "tandem-registry-"));
  execFileSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder]);
  const packed = readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "";
  execFileSync("tar", ["-xzf", join(folder, packed), "-C", folder]);
  const own = join(folder, "package");
  const folders = new Map(installed()).set(manifestIn(own).name, [own]);

  const server: Server = createServer((request, response) => {
    const [path = "", version] = decodeURIComponent(request.url ?? "")
      .slice(1)
      .split("#");
    const tarball = /^(.+)\/-\/(.+)\.tgz$/.exec(path);
    const known = folders.get(tarball?.[1] ?? path) ?? [];
    const wanted = known.find((each) => manifestIn(each).version === (tarball?.[2] ?? version));
    if (tarball && wanted !== undefined) response.end(tarOf(wanted));
    else if (known.length > 0) response.end(JSON.stringify(packument(known, originOf(server))));
    else response.writeHead(404).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: originOf(server),
    close: () => {
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

const manifestIn = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));

const originOf = (server: Server): string =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

function packument(folders: readonly string[], origin: string): object {
  const manifests = folders.map(manifestIn);
  const versions = manifests.map((manifest) => [
    manifest.version,
    {
      ...manifest,
      dist: { tarball: `${origin}/${manifest.name}/-/${manifest.version}.tgz` },
    },
  ]);
  const [first] = manifests;
  return {
    name: first?.name,
    "dist-tags": { latest: first?.version },
    versions: Object.fromEntries(versions),
  };
}

const tarOf = (folder: string): Buffer =>
  execFileSync(
    "tar",
    ["-cf", "-", "--exclude=./node_modules", "--transform=s,^\\.,package,", "-C", folder, "."],
    { maxBuffer: 2 ** 28 },
  );
