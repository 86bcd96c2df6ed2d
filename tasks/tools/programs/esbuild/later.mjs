// CommonJS knows no await at the top.
import { check } from "./flags.mjs";

check();
