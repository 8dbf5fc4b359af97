/**
 * Who may import whom: rooms beside each other never import each other; they share words (`types`)
 * and meet in `app`. One row per room; a room that is not in the table may import nothing.
 */

const inside = (parent, ...names) => names.map((name) => `${parent}/${name}`);
const SIGNING = [
  "node:crypto",
  "@noble/hashes",
  "@noble/curves",
  "hash-wasm",
  "tiny-secp256k1",
  "secp256k1",
];

/** `rooms` are entered through their door, index.ts; `packages` are npm or `node:` names. */
const ROOMS = {
  types: { rooms: [], packages: ["rxjs"] },
  // Only the numbers with units, named as a file: an operator must not know what an order is.
  operators: { rooms: [], files: ["src/types/units.ts"], packages: ["rxjs"] },
  "streams/feeds": { rooms: ["types", "operators"], packages: ["rxjs"] },
  // Of the ledger what a fill is worth, so that there is one way to say it.
  "streams/caches": { rooms: ["types", "operators", "pricing", "ledger"], packages: ["rxjs"] },
  "streams/strategy": {
    rooms: ["types", "operators", "pricing"],
    packages: ["rxjs", "zod"],
  },
  account: { rooms: ["types"], packages: [] },
  executor: { rooms: ["types", "operators"], packages: ["rxjs", "@noble/hashes"] },
  gateway: { rooms: ["types", "operators"], packages: ["rxjs"] },
  venue: { rooms: ["types", "operators"], packages: ["rxjs", "ws"] },
  "venue/binance": { rooms: ["types", "venue"], packages: ["rxjs", "zod", "undici"] },
  "venue/polymarket/wire": { rooms: ["types"], packages: ["zod"] },
  "venue/polymarket/sign": { rooms: ["types"], packages: SIGNING },
  "venue/polymarket/decode": {
    rooms: ["types", "venue/polymarket/wire", "venue/polymarket/sign"],
    packages: ["zod", "@noble/hashes", "node:crypto"],
  },
  "venue/polymarket/http": {
    rooms: ["types", "venue", ...inside("venue/polymarket", "wire", "sign", "decode")],
    packages: ["rxjs", "zod", "undici"],
  },
  "venue/polymarket/channels": {
    rooms: ["types", "venue", ...inside("venue/polymarket", "wire", "sign", "decode", "http")],
    packages: ["rxjs"],
  },
  "venue/polymarket": {
    rooms: inside("venue/polymarket", "wire", "sign", "decode", "http", "channels"),
    packages: [],
  },
  "sim/exchange": {
    rooms: ["types"],
    packages: ["rxjs", "pure-rand", "tinyqueue", "@noble/hashes"],
  },
  "sim/traders": {
    rooms: ["types", "pricing", "sim/exchange"],
    packages: ["rxjs"],
  },
  "sim/faults": { rooms: ["types", "sim/exchange"], packages: [] },
  "sim/inProcess": {
    rooms: ["types", "operators", ...inside("sim", "exchange", "traders", "faults")],
    packages: ["rxjs", "tinyqueue"],
  },
  sim: { rooms: inside("sim", "exchange", "traders", "faults", "inProcess"), packages: [] },
  "sim/server/state": {
    rooms: ["types", "sim/exchange", "venue/polymarket/wire", "venue/polymarket/sign"],
    packages: ["rxjs", "zod", "@noble/hashes", "node:crypto"],
  },
  "sim/server/control": {
    rooms: ["types", ...inside("sim", "exchange", "faults"), "sim/server/state"],
    packages: ["zod"],
  },
  "sim/server/rest": {
    rooms: [
      "types",
      "sim/exchange",
      ...inside("sim/server", "state", "control"),
      ...inside("venue/polymarket", "wire", "sign"),
    ],
    packages: ["zod", "@noble/hashes", "node:crypto"],
  },
  "sim/server/channels": {
    rooms: [
      "types",
      "sim/exchange",
      ...inside("sim/server", "state", "control", "rest"),
      ...inside("venue/polymarket", "wire", "sign"),
    ],
    packages: ["zod", "ws"],
  },
  "sim/server": {
    rooms: [
      "types",
      ...inside("sim", "exchange", "traders"),
      ...inside("sim/server", "state", "control", "rest", "channels"),
      "venue/polymarket/sign",
    ],
    packages: ["rxjs", "zod", "ws", "node:http", "node:net", "node:stream"],
  },
  journal: { rooms: ["types"], packages: ["rxjs", "node:fs", "node:path"] },
  ledger: { rooms: ["types"], packages: [] },
  pricing: { rooms: ["types"], packages: ["simple-statistics"] },
  record: { rooms: ["types"], packages: ["rxjs", "node:.*"] },
  // Readers get copies of what the graph says; the graph runs without them.
  observers: {
    rooms: ["types", "executor", "gateway", "ledger", "account"],
    packages: ["node:perf_hooks"],
  },
  app: {
    rooms: [
      "types",
      "operators",
      "pricing",
      ...inside("streams", "feeds", "caches", "strategy"),
      "executor",
      "gateway",
      "account",
      "journal",
      "observers",
    ],
    packages: ["rxjs", "zod"],
  },
  runtimes: {
    rooms: [
      "types",
      "operators",
      ...inside("streams", "feeds", "caches"),
      "executor",
      "journal",
      "record",
      "venue",
      "venue/binance",
      "venue/polymarket",
      "sim",
      "sim/server",
      "app",
    ],
    packages: ["rxjs", "pino", "pino-pretty", "node:.*"],
  },
  cli: {
    rooms: [
      "types",
      "streams/strategy",
      "executor",
      "gateway",
      "journal",
      "venue/binance",
      "venue/polymarket",
      "sim",
      "sim/server",
      "observers",
      "app",
      "runtimes",
    ],
    packages: ["rxjs", "zod", "parse-duration", "@noble/hashes", "node:.*"],
  },
};

/**
 * Files that must stay pure though others of their room are streams. `test/checks/paths.test.ts`
 * fails where one does not exist.
 */
const PURE = [
  "^src/account/",
  "^src/executor/(?!executor\\.ts$)",
  "^src/ledger/",
  "^src/pricing/",
  "^src/sim/exchange/(?!exchangeStore\\.ts$)",
  "^src/sim/faults/",
  "^src/sim/server/(control|rest)/",
  "^src/streams/strategy/(?!(intents|guard|defineStrategy|index)\\.ts$)",
  "^src/venue/polymarket/(wire|sign|decode)/",
  "^src/venue/polymarket/http/(accountStatus|addresses|encode|series)\\.ts$",
  "^src/venue/polymarket/channels/(bookSuspicion|decodeWarnings|wireBook)\\.ts$",
  "^src/venue/binance/(wire/|decode\\.ts$)",
];

const DOOR = "^src/.+/index\\.ts$";
const OUTSIDE_SRC = ["core", "npm", "npm-dev", "npm-optional", "npm-peer", "npm-no-pkg"];

/** A room without the rooms inside it. */
const inRoom = (room) => {
  const inner = Object.keys(ROOMS).flatMap((it) =>
    it.startsWith(`${room}/`) ? [it.slice(room.length + 1)] : [],
  );
  return `^src/${room}/${inner.length > 0 ? `(?!(${inner.join("|")})/)` : ""}`;
};

function roomRules([room, { rooms, files = [], packages }]) {
  const from = { path: inRoom(room) };
  const allowed = [...rooms, ...files.map((file) => file.replace("src/", ""))];
  const npm = packages.filter((name) => !name.startsWith("node:"));
  const node = packages.filter((name) => name.startsWith("node:")).map((name) => name.slice(5));
  return [
    {
      name: `${room}-rooms`,
      comment: `${room} imports ${allowed.join(", ") || "no other folder"}. A room is entered by its index.ts. Rooms beside each other share words through types and meet in app: take what you need as a parameter.`,
      from,
      to: {
        path: "^src/",
        pathNot: [
          from.path,
          ...rooms.map((it) => `^src/${it}/index\\.ts$`),
          ...files.map((it) => `^${it}$`),
        ],
      },
    },
    {
      name: `${room}-packages`,
      comment: `${room} imports ${packages.join(", ") || "no package"}. Take anything else as a parameter, or change the row in .dependency-cruiser.cjs.`,
      from,
      to: {
        dependencyTypes: OUTSIDE_SRC,
        pathNot: [
          ...npm.map((name) => `(^|node_modules/)${name}(/|$)`),
          ...node.map((name) => `^(node:)?${name}(/|$)`),
        ],
      },
    },
  ];
}

module.exports = {
  forbidden: [
    ...Object.entries(ROOMS).flatMap(roomRules),
    {
      name: "room-without-a-row",
      comment: "Say in .dependency-cruiser.cjs what this folder may import.",
      from: {
        path: "^src/[^/]+/",
        pathNot: Object.keys(ROOMS).map((it) => `^src/${it}/`),
      },
      to: {},
    },
    {
      name: "through-the-door",
      comment:
        "Import the folder's index.ts: what index.ts does not export is private to the folder.",
      from: { path: "^src/[^/]+$" },
      to: { path: "^src/.+/", pathNot: DOOR },
    },
    {
      name: "pure-files",
      comment:
        "This file is plain functions over plain values: streams and timing belong in the stream file beside it.",
      from: { path: PURE },
      to: { path: ["node_modules/rxjs/", "^src/operators/"] },
    },
    {
      name: "types-without-rxjs",
      comment: "Types have no behaviour: only ports.ts names rxjs, and only its types.",
      from: { path: "^src/types/", pathNot: "^src/types/ports\\.ts$" },
      to: { path: "node_modules/rxjs/" },
    },
    {
      name: "types-without-rxjs-values",
      comment: "ports.ts takes types from rxjs: `import type`.",
      from: { path: "^src/types/ports\\.ts$" },
      to: { path: "node_modules/rxjs/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "not-from-outside-src",
      comment: "What ships does not import tests, scripts or examples.",
      from: { path: "^src/" },
      to: { path: "^(test|scripts|examples|bench)/" },
    },
    {
      name: "no-dev-dependency",
      comment: "A user's install does not have this package.",
      from: { path: "^src/" },
      to: { dependencyTypes: ["npm-dev"] },
    },
    {
      name: "no-cycle",
      comment: "Move what both files need to a third one.",
      from: {},
      to: { circular: true },
    },
    {
      name: "unresolvable",
      comment: "No such file or package.",
      from: {},
      to: { couldNotResolve: true },
    },
  ].map((rule) => ({ severity: "error", ...rule })),
  options: {
    doNotFollow: { path: "node_modules" },
    // `import type` counts as an import.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
    },
  },
};
