import { configureGlobal } from "fast-check";

// The same sequences in every run: a rare failure is looked for on purpose, with other seeds and more
// sequences, and does not meet whoever happens to run the tests.
configureGlobal({ seed: Number(process.env["TANDEM_SEED"] ?? 1) });
