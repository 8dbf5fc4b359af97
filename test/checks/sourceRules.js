/**
 * What `src` may not say, why, and what it says instead. eslint runs each as `tandem/<name>`.
 * `// tidy-ok: reason` on the line is the one way round them, and tidy prints every use of it.
 */
import {
  callsWithoutScheduler,
  comments,
  dollars,
  each,
  exportedNames,
  exportedSubjects,
  fileName,
  foreignThrows,
  globals,
  nodes,
  subscriptions,
  words,
} from "./finders.js";

const RUNTIME = "src/runtimes/system.ts";

/** Each of these runs on the real clock unless it is handed a scheduler. */
const TIMED =
  /^(timer|interval|delay|(debounce|throttle|audit|sample|buffer|window)Time|timeout|timestamp|timeInterval)$/;
const REAL_SCHEDULERS = /^((async|asap|queue|animationFrame)(Scheduler)?|animationFrames)$/;
const STOCK_WORD = /^(manager|service|helper|util|handler|processor|data|info|impl|base)s?$/i;
const fitsAnything = (name) => words(name).some((word) => STOCK_WORD.test(word));

/** `only`: where a rule applies, all of `src` if absent; `allow`: where it does not. */
export const sourceRules = {
  ambient: {
    allow: [RUNTIME],
    why: "belongs to the real world, which the simulated one cannot replace. Take it from the Runtime, as a parameter; only runtimes/system.ts names it.",
    find: each(
      globals(["Date", "performance", "crypto", "fetch", "WebSocket", "globalThis", "global"]),
      globals(["setTimeout", "setInterval", "setImmediate", "queueMicrotask"]),
      nodes("MemberExpression[object.name=Math]:matches([computed=true], [property.name=random])"),
      nodes("VariableDeclarator[init.name=Math]"),
      nodes("ImportDeclaration[source.value=/^((node:)?timers|rxjs.(ajax|fetch|webSocket))/]"),
      nodes(
        "ImportSpecifier[imported.name=/^(performance|monitorEventLoopDelay|randomUUID|randomBytes|randomInt)$/]",
      ),
    ),
  },
  process: {
    allow: [RUNTIME, "src/cli/main.ts"],
    why: "is for runtimes/system.ts and cli/main.ts; everyone else is given what they need of it.",
    find: each(globals(["process"]), nodes("ImportDeclaration[source.value=/^(node:)?process$/]")),
  },
  "core-anywhere": {
    only: ["src/{types,operators,streams,executor,sim,ledger}/**/*.ts"],
    allow: ["src/sim/server/**"],
    why: "exists in Node only, and this folder runs anywhere. Use Uint8Array or TextEncoder.",
    find: globals(["Buffer", "require"]),
  },
  console: {
    allow: ["src/cli/**"],
    why: "is not for a library: return the fact as a value, or take a Log.",
    find: globals(["console"]),
  },
  "explicit-scheduler": {
    allow: [RUNTIME],
    why: "runs on the real clock. Take `scheduler: SchedulerLike` as a parameter and hand it on.",
    find: each(
      nodes('ImportDeclaration[source.value="rxjs"] > ImportSpecifier', ({ imported }) =>
        REAL_SCHEDULERS.test(imported.name),
      ),
      nodes("ImportDeclaration[source.value=rxjs] > ImportNamespaceSpecifier"),
      callsWithoutScheduler(TIMED),
      nodes(
        'CallExpression[callee.name=/^(retry|repeat)$/] > ObjectExpression > Property[key.name="delay"]',
        ({ value }) => !/Function/.test(value.type),
      ),
    ),
  },
  "one-subscribe": {
    allow: ["src/operators/*.ts"],
    why: "runs the graph a second time, or elsewhere. Return the Observable; app/app.ts holds the one subscribe.",
    find: subscriptions,
  },
  subject: {
    allow: ["src/app/app.ts", "src/operators/latest.ts"],
    why: "lets anyone push. Build the stream from its sources; the loop is tied in app/app.ts, caches stand on operators/latest.ts.",
    find: nodes("ImportSpecifier[imported.name=/^((Replay|Async|Behavior)?Subject|connectable)$/]"),
  },
  "exported-subject": {
    only: ["src/app/app.ts", "src/operators/latest.ts"],
    why: "hands out the right to push. Hand out `.asObservable()`.",
    find: exportedSubjects,
  },
  dollar: {
    why: "and `$` disagree: `$` ends the name of an Observable, always and only.",
    find: dollars,
  },
  "type-hole": {
    why: "switches the compiler off. Narrow the type, or parse at the door (venue/*/decode.ts).",
    find: each(
      nodes("TSAnyKeyword"),
      nodes("TSNonNullExpression"),
      comments(/@ts-(ignore|expect-error|nocheck)/),
    ),
  },
  cast: {
    allow: ["src/types/units.ts", "src/types/ids.ts", "src/venue/**/decode.ts"],
    why: "asserts what nobody checked. Use a constructor of types/units.ts or types/ids.ts, a type guard, or `satisfies`.",
    find: nodes(':matches(TSAsExpression, TSTypeAssertion)[typeAnnotation.typeName.name!="const"]'),
  },
  throwable: {
    allow: ["src/types/errors.ts"],
    why: "is a third kind of failure. What can happen in production is a value or an event; a law that does not hold is LawBroken, a wrong configuration ConfigError.",
    find: each(
      foreignThrows,
      nodes("ClassDeclaration[superClass.name=/(Error|LawBroken)$/] > .id"),
    ),
  },
  "error-notification": {
    // An operator knows no law, and the simulated network fails as the real one does.
    allow: ["src/operators/*.ts", "src/sim/**", RUNTIME, "src/types/errors.ts"],
    why: "does not cross a folder. Emit the failure as a value; a law that does not hold is LawBroken.",
    find: nodes(
      ":not(ThrowStatement) > :matches(NewExpression, CallExpression)[callee.name=/^([A-Z]\\w*)?Error$/]:not([callee.name=ConfigError])",
    ),
  },
  debounce: {
    allow: ["src/operators/debounceWithin.ts"],
    why: "never emits while its source keeps talking. Use operators/debounceWithin.ts, which has a ceiling.",
    find: nodes("ImportSpecifier[imported.name=/^debounce(Time)?$/]"),
  },
  "exported-name": {
    why: "fits anything. Name it for what it yields; if only such a word fits, it has two jobs.",
    find: each(exportedNames(fitsAnything), fileName(fitsAnything)),
  },
  vocabulary: {
    // These two write what a venue reads.
    allow: ["src/venue/**", "src/sim/server/**"],
    why: "has a word of ours already: inventory, not position; token or result, not outcome.",
    find: nodes("Identifier", ({ name }) =>
      words(name).some((word) => /^(position|outcome)s?$/i.test(word)),
    ),
  },
};

/** One plugin out of the table, and one config block per row that says where it applies. */
export function sourceRulesConfig() {
  const rows = Object.entries(sourceRules);
  const rules = Object.fromEntries(rows.map(([name, row]) => [name, asRule(row)]));
  return [
    { files: ["src/**/*.ts"], plugins: { tandem: { rules } } },
    ...rows.map(([name, { only = ["src/**/*.ts"], allow = [] }]) => ({
      files: only,
      ...(allow.length > 0 && { ignores: allow }),
      rules: { [`tandem/${name}`]: "error" },
    })),
  ];
}

/** Drops what eslint found on a line that says `tidy-ok: reason`, rxjs-x included. */
export const tidyOk = {
  meta: { name: "tidy-ok" },
  texts: new Map(),
  preprocess: (text, path) => {
    tidyOk.texts.set(path, text.split("\n"));
    return [text];
  },
  postprocess: ([messages], path) => {
    const lines = tidyOk.texts.get(path);
    return messages.filter(({ line }) => !/tidy-ok: *\S/.test(lines[line - 1]));
  },
};

function asRule({ why, find }) {
  return {
    meta: { type: "problem", schema: [] },
    create: (context) =>
      find(context, (node, quote = context.sourceCode.getText(node)) => {
        const data = { quote: quote.split("\n")[0].slice(0, 60), why };
        context.report({ loc: node.loc, message: "`{{quote}}` {{why}}", data });
      }),
  };
}
