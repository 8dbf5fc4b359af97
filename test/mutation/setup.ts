import { configureGlobal, readConfigureGlobal } from "fast-check";

// The first sequence that fails is enough: nobody reads the smallest one.
configureGlobal({ ...readConfigureGlobal(), endOnFailure: true });
