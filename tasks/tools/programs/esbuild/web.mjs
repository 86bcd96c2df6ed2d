import { check } from "./flags.mjs";

await check({ hasFiles: false });
