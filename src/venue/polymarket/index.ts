export * from "./sign/index.ts";
