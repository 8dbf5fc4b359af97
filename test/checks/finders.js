/**
 * The building blocks of the source rules: a finder takes eslint's context and `report`, and returns
 * listeners. `report(node)` quotes the node in the message.
 */
import ts from "typescript";

/** Words of a camelCase, kebab-case or dotted name. */
export function words(name) {
  return name.split(/(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+/);
}

export function each(...finders) {
  return (context, report) => {
    const listeners = {};
    for (const finder of finders) {
      for (const [selector, listen] of Object.entries(finder(context, report))) {
        const earlier = listeners[selector];
        listeners[selector] = earlier ? (node) => (earlier(node), listen(node)) : listen;
      }
    }
    return listeners;
  };
}

/** Nodes a selector finds and, where given, `matches` confirms. */
export function nodes(selector, matches = () => true) {
  return (context, report) => ({
    [selector]: (node) => {
      if (matches(node, context.sourceCode)) report(node);
    },
  });
}

/** References to globals; a local variable or parameter of the same name is not one. */
export function globals(names) {
  return (context, report) => ({
    "Program:exit": (program) => {
      const scope = context.sourceCode.getScope(program);
      const builtIn = scope.variables.filter((variable) => variable.defs.length === 0);
      for (const { identifier } of [...scope.through, ...builtIn.flatMap((it) => it.references)]) {
        if (names.includes(identifier.name)) report(identifier);
      }
    },
  });
}

export function comments(pattern) {
  return (context, report) => ({
    "Program:exit": () => {
      for (const comment of context.sourceCode.getAllComments()) {
        if (pattern.test(comment.value)) report(comment, comment.value.trim());
      }
    },
  });
}

/** Subscriptions: app/app.ts has exactly one, other files none; `forEach` and promises count. */
export function subscriptions(context, report) {
  const found = [];
  const isApp = context.filename.replaceAll("\\", "/").endsWith("src/app/app.ts");
  return {
    'CallExpression[callee.property.name="subscribe"]': (node) => found.push(node.callee.property),
    "CallExpression[callee.object.name=/[$]$/][callee.property.name=forEach]": (node) =>
      found.push(node.callee),
    "CallExpression[callee.name=/^(first|last)ValueFrom$/]": (node) => found.push(node.callee),
    "Program:exit": (program) => {
      if (isApp && found.length === 0) report(program, "app.ts without a subscribe");
      for (const node of found.slice(isApp ? 1 : 0)) report(node);
    },
  };
}

const EXPORTED = [
  "ExportNamedDeclaration > *[id] > Identifier.id",
  "ExportNamedDeclaration > VariableDeclaration > VariableDeclarator > Identifier.id",
  "ExportSpecifier > .exported",
];

export function exportedNames(isBad) {
  return each(...EXPORTED.map((selector) => nodes(selector, (id) => isBad(id.name ?? id.value))));
}

/** Calls without a scheduler, given neither as an argument nor as `{ scheduler }`. */
export function callsWithoutScheduler(pattern) {
  return (context, report) => ({
    "CallExpression[callee.type=Identifier]": (node) => {
      if (!pattern.test(node.callee.name)) return;
      const types = node.arguments.map((argument) => typeAt(context, argument));
      if (!types.some((it) => has(it, "schedule", "now") || has(it, "scheduler"))) report(node);
    },
  });
}

/** The path of the file, from `src` on. */
export function fileName(isBad) {
  return (context, report) => ({
    Program: (program) => {
      const path = context.filename.replaceAll("\\", "/").replace(/^.*\/(?=src\/)/, "");
      if (isBad(path)) report(program, path);
    },
  });
}

/** Exports that are a Subject, or whose calls or properties return one. */
export function exportedSubjects(context, report) {
  const exposes = (type, depth) => {
    if (has(type, "subscribe", "next", "pipe")) return true;
    if (depth === 0 || has(type, "subscribe")) return false;
    const inside = [
      ...type.getCallSignatures().map((signature) => signature.getReturnType()),
      ...type.getProperties().map((property) => typeOf(context, property)),
    ];
    return inside.some((it) => exposes(it, depth - 1));
  };
  return nodes(EXPORTED.join(","), (id) => exposes(typeAt(context, id), 3))(context, report);
}

/** Names with `$` that hold no Observable, and Observables without `$`. Functions never have `$`. */
export function dollars(context, report) {
  const check = (name) => {
    const parts = partsOf(typeAt(context, name));
    // The compiler reports types that it cannot infer.
    if (parts.some((part) => part.flags & ts.TypeFlags.Any)) return;
    const observables = parts.filter((it) => has(it, "subscribe", "pipe")).length;
    const wrong = name.name.endsWith("$")
      ? observables === 0
      : observables > 0 && observables === parts.length;
    if (wrong) report(name);
  };
  return {
    "Program:exit": () => {
      const variables = context.sourceCode.scopeManager.scopes.flatMap((scope) => scope.variables);
      for (const def of variables.flatMap((variable) => variable.defs)) {
        const isDeclared = def.type === "Variable" || def.type === "Parameter";
        if (isDeclared && def.name.type === "Identifier") check(def.name);
      }
    },
    ":matches(TSPropertySignature, PropertyDefinition) > Identifier.key": check,
    ":matches(ReturnStatement, ArrowFunctionExpression) > ObjectExpression > Property > Identifier.key":
      check,
  };
}

/** Throws of anything but our two classes; rethrowing what was caught or passed in is fine. */
export function foreignThrows(context, report) {
  return {
    ThrowStatement: ({ argument }) => {
      if (!isOurs(argument) && !isRethrow(argument, context.sourceCode.getScope(argument))) {
        report(argument);
      }
    },
  };
}

function isOurs(node) {
  return node.type === "NewExpression" && /^(LawBroken|ConfigError)$/.test(node.callee.name ?? "");
}

function isRethrow(node, scope) {
  if (node.type !== "Identifier") return false;
  for (let at = scope; at; at = at.upper) {
    const variable = at.set.get(node.name);
    if (variable) return variable.defs.some(({ type }) => /^(CatchClause|Parameter)$/.test(type));
  }
  return false;
}

function typeAt(context, node) {
  const { program, esTreeNodeToTSNodeMap } = context.sourceCode.parserServices;
  return program.getTypeChecker().getTypeAtLocation(esTreeNodeToTSNodeMap.get(node));
}

function typeOf(context, symbol) {
  return context.sourceCode.parserServices.program.getTypeChecker().getTypeOfSymbol(symbol);
}

const NULLISH = ts.TypeFlags.Undefined | ts.TypeFlags.Null | ts.TypeFlags.Void;
const partsOf = (type) =>
  (type.isUnion() ? type.types : [type]).filter((part) => (part.flags & NULLISH) === 0);
const has = (type, ...names) =>
  names.every((name) => type.getApparentProperties().some((it) => it.name === name));
