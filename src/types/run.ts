/** Whose money a run is about: nobody's; nobody's, for nothing is sent; real. */
export type RunMode = "sim" | "dryRun" | "live";
