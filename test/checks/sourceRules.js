/**
 * What is forbidden in `src`, why, and what to write instead. eslint runs each rule as
 * `tandem/<name>`. `// tidy-ok: reason` on the line is the only exception, and tidy prints each use.
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

/** Each of these runs on the real clock unless it is given a scheduler. */
const TIMED =
  /^(timer|interval|delay|(debounce|throttle|audit|sample|buffer|window)Time|timeout|timestamp|timeInterval)$/;
const REAL_SCHEDULERS = /^((async|asap|queue|animationFrame)(Scheduler)?|animationFrames)$/;
const STOCK_WORD = /^(manager|service|helper|util|handler|processor|data|info|impl|base)s?$/i;
const fitsAnything = (name) => words(name).some((word) => STOCK_WORD.test(word));

/** `only`: the files a rule applies to, all of `src` if absent; `allow`: the files it skips. */
export const sourceRules = {
  ambient: {
    allow: [RUNTIME],
    why: "reads the real clock, randomness or network, which a simulation cannot replace. Take it from the Runtime, as a parameter; only runtimes/system.ts names it.",
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
    why: "belongs in runtimes/system.ts and cli/main.ts. Take what you need of it as a parameter.",
    find: each(globals(["process"]), nodes("ImportDeclaration[source.value=/^(node:)?process$/]")),
  },
  "core-anywhere": {
    only: ["src/{types,operators,streams,executor,sim,ledger}/**/*.ts"],
    allow: ["src/sim/server/**"],
    why: "exists in Node only, and this folder runs in a browser too. Use Uint8Array or TextEncoder.",
    find: globals(["Buffer", "require"]),
  },
  console: {
    allow: ["src/cli/**"],
    why: "does not belong in a library: return the fact as a value, or take a Log.",
    find: globals(["console"]),
  },
  "explicit-scheduler": {
    allow: [RUNTIME],
    why: "runs on the real clock. Take `scheduler: SchedulerLike` as a parameter and pass it on.",
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
    why: "starts the graph a second time, or outside it. Return the Observable; app/app.ts has the one subscribe.",
    find: subscriptions,
  },
  subject: {
    allow: ["src/app/app.ts", "src/operators/latest.ts"],
    why: "lets any code push values. Build the stream from its sources; the feedback loop is in app/app.ts, caches use operators/latest.ts.",
    find: nodes("ImportSpecifier[imported.name=/^((Replay|Async|Behavior)?Subject|connectable)$/]"),
  },
  "exported-subject": {
    only: ["src/app/app.ts", "src/operators/latest.ts"],
    why: "lets any importer push values. Return `.asObservable()`.",
    find: exportedSubjects,
  },
  dollar: {
    why: "breaks the `$` rule: a name ends in `$` if and only if it holds an Observable.",
    find: dollars,
  },
  "type-hole": {
    why: "switches the type check off. Narrow the type, or parse it with a schema (venue/*/decode.ts).",
    find: each(
      nodes("TSAnyKeyword"),
      nodes("TSNonNullExpression"),
      comments(/@ts-(ignore|expect-error|nocheck)/),
    ),
  },
  cast: {
    allow: ["src/types/units.ts", "src/types/ids.ts", "src/venue/**/decode.ts"],
    why: "asserts a type without a check. Use a constructor of types/units.ts or types/ids.ts, a type guard, or `satisfies`.",
    find: nodes(':matches(TSAsExpression, TSTypeAssertion)[typeAnnotation.typeName.name!="const"]'),
  },
  throwable: {
    allow: ["src/types/errors.ts"],
    why: "is neither LawBroken nor ConfigError. A failure that can happen in production is a value or an event; a broken law is LawBroken, a wrong configuration ConfigError.",
    find: each(
      foreignThrows,
      nodes("ClassDeclaration[superClass.name=/(Error|LawBroken)$/] > .id"),
    ),
  },
  "error-notification": {
    // Operators know no laws, and the simulated network has to fail like a real one.
    allow: ["src/operators/*.ts", "src/sim/**", RUNTIME, "src/types/errors.ts"],
    why: "must not cross a folder. Emit the failure as a value; a broken law is LawBroken.",
    find: nodes(
      ":not(ThrowStatement) > :matches(NewExpression, CallExpression)[callee.name=/^([A-Z]\\w*)?Error$/]:not([callee.name=ConfigError])",
    ),
  },
  debounce: {
    allow: ["src/operators/debounceWithin.ts"],
    why: "never emits while its source keeps emitting. Use operators/debounceWithin.ts, which has a maximum wait.",
    find: nodes("ImportSpecifier[imported.name=/^debounce(Time)?$/]"),
  },
  "exported-name": {
    why: "says nothing about the thing. Name it for what it returns; if only such a word fits, it has two jobs.",
    find: each(exportedNames(fitsAnything), fileName(fitsAnything)),
  },
  vocabulary: {
    // Messages of the venue use these words.
    allow: ["src/venue/**", "src/sim/server/**"],
    why: "is not a word of the glossary: say inventory, not position; token or result, not outcome.",
    find: nodes("Identifier", ({ name }) =>
      words(name).some((word) => /^(position|outcome)s?$/i.test(word)),
    ),
  },
};

/** One plugin with all rules of the table, and one config block for each that names its files. */
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

/** Drops every finding, also of rxjs-x, on a line that says `tidy-ok: reason`. */
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
