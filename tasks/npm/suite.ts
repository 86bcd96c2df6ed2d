// Bundles the test suite against the npm package: imports of the sources become imports of the package, in which
// internal modules are made importable.

import { mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import { libraryFor } from "../../engines/native/manifest.ts";
import { currentPlatform } from "../../ffi/platform.ts";
import { makePackage } from "./build.ts";
import { OLDEST_NODE, POLYFILLS } from "./bundles.ts";
import { testFile } from "../test_files.ts";
import { describedPackage, type Entry, ROOT } from "./entries.ts";
import { findLibraries } from "./libraries.ts";

/** The tests of the package and its internal modules, by name. */
export const SUITE_NAMES: readonly string[] = [
  "bad_input",
  "cli/type_declarations",
  "core/errors",
  "differential",
  "engines/snapshot",
  "file/document",
  "file/problems",
  "openfeature/lifecycle",
  "openfeature/provider",
  "otel/events",
  "otel/metrics",
  "src/client",
  "src/evaluation/evaluations",
  "src/evaluation/explain/explain",
  "src/evaluation/explain/generated",
  "src/evaluation/explain/text",
  "src/evaluation/hooks",
  "src/evaluation/typed_flags",
  "src/options/authentication",
  "src/options/options",
  "src/options/store",
  "src/options/tls",
  "src/sources/fetcher_source",
  "src/sources/http_errors",
  "src/sources/http_request",
  "src/sources/http_response",
  "src/sources/http_version",
  "src/sources/https",
  "src/sources/ndjson_stream",
  "src/sources/tls",
  "src/sources/tls_credentials",
  "src/start",
  "src/state/changed_flags",
  "src/state/status",
  "src/state/store",
  "src/state/store_keeper",
  "src/state/swap",
  "src/sync/faults",
  "src/sync/polling",
  "src/sync/retries",
  "src/sync/stream_faults",
  "src/sync/streaming",
  "src/workers/workers",
  "store/deno_kv",
  "store/file",
  "store/redis",
  "testing/test_server",
  "testing/testing",
];

/** The folders of the checkout that are part of the package. */
const INSIDE =
  /^(?:mod\.ts|(?:cli|core|engines|ffi|file|namespaces|openfeature|otel|prometheus|relay|server|src|store|testing)\/)/;

/** The replacements for what Node 20 lacks, including functions that only tests use. */
const TEST_POLYFILLS = { ...POLYFILLS, "Object.groupBy": "groupBy" } as const;

/** The packages that tests or optional parts of the package import. koffi is the FFI of a Node without one. */
const BESIDE: readonly string[] = [
  "@flipt-io/flipt-client-js",
  "@openfeature/server-sdk",
  "@opentelemetry/api",
  "@opentelemetry/context-async-hooks",
  "@opentelemetry/sdk-metrics",
  "@opentelemetry/sdk-trace-base",
  "ioredis",
  "koffi",
  "redis",
  "yaml",
];

/** Bundled tests. */
export interface BundledSuite {
  /** The working folder of the tests. */
  readonly folder: string;
  /** The files of the tests. */
  readonly files: readonly string[];
}

/**
 * Bundles tests, and builds a package for them.
 * @param folder The folder for both. Its content is deleted.
 * @param names The names of the tests: `src/client` is `tests/src/client.test.ts`.
 */
export async function bundleSuite(folder: string, names: readonly string[]): Promise<BundledSuite> {
  const { name, version, entries } = describedPackage();
  const installed = join(folder, "node_modules", name);
  const library = libraryFor(findLibraries(version).manifest, currentPlatform());
  const libraryPath = library === undefined ? undefined : join(installed, "lib/native", library.file);
  const insides = new Set<string>();
  const programs = new Map<string, string>();
  const run = (write: boolean) =>
    build({
      absWorkingDir: ROOT,
      bundle: true,
      entryPoints: [
        ...names.map((each) => ({ in: join(ROOT, testFile(each)), out: `${flat(each)}.test` })),
        ...[...programs].map(([path, out]) => ({ in: path, out })),
      ],
      outdir: join(folder, "tests"),
      outExtension: { ".js": ".mjs" },
      format: "esm",
      logLevel: "warning",
      packages: "external",
      platform: "node",
      target: `node${OLDEST_NODE}`,
      define: TEST_POLYFILLS,
      inject: [
        fileURLToPath(new URL("./node20.ts", import.meta.url)),
        fileURLToPath(new URL("./node20_tests.ts", import.meta.url)),
      ],
      plugins: [fromPackage(name, entries, insides), asInCheckout(name, programs, libraryPath)],
      write,
    });
  rmSync(folder, { recursive: true, force: true });
  // The first run finds the imported modules, and the programs that tests start.
  await run(false);
  await run(true);
  await makePackage({ folder: installed, insides: [...insides].sort() });
  for (const beside of BESIDE) {
    mkdirSync(dirname(join(folder, "node_modules", beside)), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", beside), join(folder, "node_modules", beside));
  }
  return { folder, files: names.map((each) => `tests/${flat(each)}.test.mjs`) };
}

/** Returns the file name of a bundled test. All bundles are in one folder, with the programs that tests start. */
function flat(name: string): string {
  return name.replaceAll("/", ".");
}

/** Resolves modules of the sources to the package. */
function fromPackage(name: string, entries: readonly Entry[], insides: Set<string>): Plugin {
  const subpaths = new Map(entries.map(({ source, subpath }) => [source, name + subpath.slice(1)]));
  return {
    name: "from-package",
    setup({ onResolve }) {
      onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ kind, path, resolveDir }) => {
        const source = relative(ROOT, join(resolveDir, path)).replaceAll("\\", "/");
        if (kind === "entry-point" || !INSIDE.test(source)) return undefined;
        const subpath = subpaths.get(source);
        if (subpath === undefined) insides.add(source);
        return { path: subpath ?? `${name}/${source}`, external: true };
      });
    },
  };
}

/** Resolves files that tests read to the checkout, and bundles the programs that tests start. */
function asInCheckout(name: string, programs: Map<string, string>, libraryPath: string | undefined): Plugin {
  return {
    name: "as-in-checkout",
    setup({ onLoad }) {
      // Uses the library of the package instead of building one.
      const contents = `export const ensureEngine = () => ${JSON.stringify(libraryPath)};`;
      onLoad({ filter: /\/tasks\/build_engine\.ts$/ }, () => ({ contents }));
      onLoad({ filter: /\/(?:tests|tasks)\/.*\.ts$/ }, ({ path }) => ({
        loader: "ts",
        contents: readFileSync(path, "utf8")
          .replace(/new URL\("(\.\.?\/[\w./]+\.ts)", import\.meta\.url\)/g, (whole, module: string) => {
            const file = join(path, "..", module);
            if (file === join(ROOT, "mod.ts")) return `new URL(import.meta.resolve("${name}"))`;
            if (INSIDE.test(relative(ROOT, file).replaceAll("\\", "/"))) return whole;
            programs.set(file, basename(module, ".ts"));
            return `new URL("./${basename(module, ".ts")}.mjs", import.meta.url)`;
          })
          .replaceAll(
            /(?<=, )import\.meta\.url\)/g,
            (found, offset: number, text: string) =>
              text.slice(0, offset).endsWith('.mjs", ')
                ? found
                : `${JSON.stringify(pathToFileURL(path).href)})`,
          ),
      }));
    },
  };
}
