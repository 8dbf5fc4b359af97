/** eslint reads `src` only, for what needs rxjs' types or our own words; oxlint does the rest. */
import rxjsX from "eslint-plugin-rxjs-x";
import tseslint from "typescript-eslint";
import { sourceRulesConfig, tidyOk } from "./test/checks/sourceRules.js";

export default [
  {
    files: ["src/**/*.ts"],
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    plugins: { "rxjs-x": rxjsX },
    processor: tidyOk,
    rules: {
      ...rxjsX.configs.strict.rules,
      // A folder's door is its index.ts, and imports name the file.
      "rxjs-x/no-index": "off",
      // What was caught is `unknown`, and may be handed on.
      "rxjs-x/throw-error": ["error", { allowThrowingUnknown: true }],
    },
  },
  {
    files: ["src/operators/*.ts"],
    rules: {
      // An operator's body is where subscribing happens, to its inner sources too.
      "rxjs-x/no-nested-subscribe": "off",
      "rxjs-x/no-subscribe-in-pipe": "off",
      // Its timers and materialized sources cannot fail; its marbles show where errors go.
      "rxjs-x/no-ignored-error": "off",
      // `takeWhile(() => !subscriber.closed)` is how a synchronous source is stopped.
      "rxjs-x/no-ignored-takewhile-value": "off",
    },
  },
  // rxjs-x/finnish would ask for `$` on functions too; tandem/dollar asks it of Observables only.
  ...sourceRulesConfig(),
];
