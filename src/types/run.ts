/** A simulated venue; a real venue to which nothing is sent; real money. */
export type RunMode = "sim" | "dryRun" | "live";
