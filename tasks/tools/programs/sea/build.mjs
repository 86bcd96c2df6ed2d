import { build } from "esbuild";

const { warnings } = await build({
  entryPoints: ["main.cjs"],
  bundle: true,
  platform: "node",
  format: "cjs",
  outfile: "dist/bundle.cjs",
});
if (warnings.length > 0) process.exitCode = 1;
