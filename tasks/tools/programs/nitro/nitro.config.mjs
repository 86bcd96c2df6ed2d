import { readdirSync } from "node:fs";

const libraries = "node_modules/@flipt-ffi/client/lib/native";
export default {
  compatibilityDate: "2026-01-01",
  externals: { traceInclude: readdirSync(libraries).map((name) => `${libraries}/${name}`) },
};
