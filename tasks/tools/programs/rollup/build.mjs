// Bundles a program; a warning is a failure.
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { rollup } from "rollup";

const bundle = await rollup({
  input: "main.mjs",
  external: (name) => name.startsWith("node:"),
  plugins: [nodeResolve({ exportConditions: ["node"], preferBuiltins: true })],
  onwarn(warning) {
    console.error(warning.message);
    process.exitCode = 1;
  },
});
await bundle.write({ dir: "dist", entryFileNames: "[name].mjs", chunkFileNames: "[name].mjs", format: "es" });
