// Bundles a program; a warning is a failure.
import { build } from "esbuild";

const [source, platform, format, outfile] = process.argv.slice(2);
const { warnings } = await build({ entryPoints: [source], platform, format, outfile, bundle: true });
if (warnings.length > 0) process.exitCode = 1;
