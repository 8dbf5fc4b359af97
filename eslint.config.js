/** eslint reads `src` only, for rules that need rxjs' types and for our own rules; oxlint does the rest. */
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
      // Folders are entered by their index.ts, and imports name the file.
      "rxjs-x/no-index": "off",
      // A caught value is `unknown`, and may be rethrown.
      "rxjs-x/throw-error": ["error", { allowThrowingUnknown: true }],
    },
  },
  {
    files: ["src/operators/*.ts"],
    rules: {
      // Operators subscribe, also to their inner sources.
      "rxjs-x/no-nested-subscribe": "off",
      "rxjs-x/no-subscribe-in-pipe": "off",
      // An operator's timers and materialized sources cannot fail; its marbles show where errors go.
      "rxjs-x/no-ignored-error": "off",
      // `takeWhile(() => !subscriber.closed)` stops a synchronous source.
      "rxjs-x/no-ignored-takewhile-value": "off",
    },
  },
  // rxjs-x/finnish would ask for `$` on functions too; tandem/dollar asks it of Observables only.
  ...sourceRulesConfig(),
];
