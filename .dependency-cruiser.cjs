/**
 * Who may import whom: siblings never import siblings; they share words (`types`) and meet in
 * `app`. One row per room; a room that is not in the table may import nothing.
 */

/** `rooms` are entered through their door, index.ts; `packages` are npm or `node:` names. */
const ROOMS = {
  types: { rooms: [], packages: ["rxjs"] },
  // Of the words only numbers with units, and by file: an operator that knows an order is no operator.
  operators: { rooms: [], files: ["src/types/units.ts"], packages: ["rxjs"] },
  "streams/feeds": { rooms: ["types", "operators"], packages: ["rxjs"] },
  "streams/caches": { rooms: ["types", "operators"], packages: ["rxjs"] },
  "streams/strategy": {
    rooms: ["types", "operators"],
    packages: ["rxjs", "simple-statistics", "zod"],
  },
  executor: { rooms: ["types", "operators"], packages: ["rxjs", "@noble/hashes"] },
  gateway: { rooms: ["types", "operators"], packages: ["rxjs"] },
  venue: { rooms: ["types"], packages: ["rxjs", "ws"], without: "(polymarket|binance)" },
  "venue/polymarket": {
    rooms: ["types"],
    files: ["src/venue/index.ts"],
    packages: [
      "rxjs",
      "zod",
      "undici",
      "node:crypto",
      "@noble/hashes",
      "@noble/curves",
      "hash-wasm",
      "tiny-secp256k1",
      "secp256k1",
      "node:crypto",
    ],
  },
  "venue/binance": {
    rooms: ["types"],
    files: ["src/venue/index.ts"],
    packages: ["rxjs", "zod", "undici"],
  },
  sim: {
    rooms: ["types", "operators"],
    packages: ["rxjs", "pure-rand", "tinyqueue", "@noble/hashes", "simple-statistics"],
    // It has a row of its own: whoever runs the venue in process needs no sockets.
    without: "server",
  },
  "sim/server": {
    rooms: ["types", "operators", "sim"],
    files: ["src/venue/polymarket/wire/all.ts", "src/venue/polymarket/sign/index.ts"],
    packages: ["rxjs", "zod", "ws", "@noble/hashes", "node:http", "node:net", "node:stream"],
  },
  journal: { rooms: ["types"], packages: ["rxjs", "node:fs", "node:path"] },
  ledger: { rooms: ["types"], packages: [] },
  record: { rooms: ["types"], packages: ["rxjs", "node:.*"] },
};

/** Files that must stay pure though others of their room are streams. */
const PURE = [
  "^src/executor/(?!executor\\.ts$)",
  "^src/venue/.*/(?!(socket|rest|venue|entry|discovery|prices|watch)\\.ts$)[^/]+$",
  "^src/sim/(matching|settlement|book)\\.ts$",
  "^src/streams/strategy/(quote|fairValue|skew|regime)\\.ts$",
];

const ROOM = "^src/(streams/[^/]+|venue/[^/]+|[^/]+)/";
// A venue's wire and sign are doors of their own: a simulated venue speaks the same language.
// So is its server.
const DOOR = "^src/((streams|venue|sim)/)?[^/]+/(index|wire/all|sign/index)\\.ts$";
const OUTSIDE_SRC = ["core", "npm", "npm-dev", "npm-optional", "npm-peer", "npm-no-pkg"];

function roomRules([room, { rooms, files = [], packages, without }]) {
  const from = { path: `^src/${room}/${without ? `(?!${without}/)` : ""}` };
  const allowed = [...rooms, ...files.map((file) => file.replace("src/", ""))];
  const npm = packages.filter((name) => !name.startsWith("node:"));
  const node = packages.filter((name) => name.startsWith("node:")).map((name) => name.slice(5));
  return [
    {
      name: `${room}-rooms`,
      comment: `${room} imports ${allowed.join(", ") || "no other folder"}. Siblings share words through types and meet in app: take what you need as a parameter.`,
      from,
      to: {
        path: "^src/",
        pathNot: [from.path, ...rooms.map((it) => `^src/${it}/`), ...files.map((it) => `^${it}$`)],
      },
    },
    {
      name: `${room}-packages`,
      comment: `${room} imports ${packages.join(", ") || "no package"}. Anything else is handed in by app, or the row in .dependency-cruiser.cjs is wrong.`,
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
        pathNot: [...Object.keys(ROOMS), "app"].map((it) => `^src/${it}/`),
      },
      to: {},
    },
    {
      name: "through-the-door",
      comment: "Import the folder's index.ts; what it does not export is its own business.",
      from: { path: ROOM, pathNot: "^src/operators/" },
      to: { path: "^src/.+/", pathNot: ["^src/$1/", DOOR] },
    },
    {
      name: "through-the-door-public",
      comment: "Import the folder's index.ts; what it does not export is its own business.",
      from: { path: "^src/[^/]+$" },
      to: { path: "^src/.+/", pathNot: DOOR },
    },
    {
      name: "pure-files",
      comment:
        "This file is plain functions over plain values: streams and timing live in the stream file beside it.",
      from: { path: PURE },
      to: { path: ["node_modules/rxjs/", "^src/operators/"] },
    },
    {
      name: "types-without-rxjs",
      comment: "Words have no behaviour: only ports.ts knows rxjs, and only its types.",
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
      comment: "A user's install does not have it.",
      from: { path: "^src/" },
      to: { dependencyTypes: ["npm-dev"] },
    },
    {
      name: "no-cycle",
      comment: "Move what both need to a third file.",
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
