/** The drawing of the graph in the root CLAUDE.md, compared with the files it is about. */
import type { Finding, TextFile } from "./tidy.ts";

const MANUAL = "CLAUDE.md";
/** The two files that put the graph together. */
const COMPOSITION = ["src/app/app.ts", "src/app/marketSession.ts"];
/** Types, and operators without a domain, are not nodes of the graph. */
const NO_NODES = /^src\/(types|operators)\//;
const IMPORT = /^import \{([^}]*)\} from "(\.[^"]+)";/gm;
const SOCKET = /^import .* from "(ws|undici)";/m;

/** Files the drawing names that do not exist, and nodes of the graph that it leaves out. */
export function graphDrawing(files: readonly TextFile[]): readonly Finding[] {
  const manual = files.find(({ path }) => path === MANUAL);
  if (manual === undefined) return [];
  const drawing = /```mermaid\n(.*?)```/s.exec(manual.text)?.[1] ?? "";
  const drawn = new Set([...drawing.matchAll(/[\w/]+\.ts\b/g)].map(([path]) => `src/${path}`));
  const existing = new Set(files.map(({ path }) => path));
  const invented = [...drawn]
    .filter((path) => !existing.has(path))
    .map((path) => ({ path: MANUAL, line: 0, message: `the graph names ${path}: no such file` }));
  const left = [...nodes(files)]
    .filter((path) => !drawn.has(path))
    .map((path) => ({ path, line: 0, message: `is a node of the graph, and not in ${MANUAL}` }));
  return [...invented, ...left];
}

/** Every file whose functions the composition calls, and every file that opens a socket. */
function nodes(files: readonly TextFile[]): ReadonlySet<string> {
  const composed = files
    .filter(({ path }) => COMPOSITION.includes(path))
    .flatMap((file) => [file.path, ...calledFrom(file, files)]);
  const sockets = files
    .filter(({ path, text }) => path.startsWith("src/venue/") && SOCKET.test(text))
    .map(({ path }) => path);
  return new Set([...composed, ...sockets].filter((path) => !NO_NODES.test(path)));
}

/** The files that define the functions a file imports, looked up behind the doors of other rooms. */
function calledFrom({ path, text }: TextFile, files: readonly TextFile[]): readonly string[] {
  return [...text.matchAll(IMPORT)].flatMap(([, names = "", from = ""]) => {
    const target = new URL(from, `file:///${path}`).pathname.slice(1);
    const functions = names
      .split(",")
      .map((name) => name.trim().replace(/ as \w+$/, ""))
      .filter((name) => /^[a-z]\w*$/.test(name));
    if (!target.endsWith("/index.ts")) return functions.length > 0 ? [target] : [];
    const room = target.slice(0, -"index.ts".length);
    return functions.flatMap((name) =>
      files
        .filter(({ path: at }) => at.startsWith(room) && !at.endsWith("/index.ts"))
        .filter(({ text: source }) =>
          new RegExp(`^export (const|(async )?function) ${name}\\b`, "m").test(source),
        )
        .map(({ path: at }) => at),
    );
  });
}
