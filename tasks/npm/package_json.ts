// The package.json of the npm package.

import { isForBrowsers, OLDEST_NODE } from "./bundles.ts";
import type { Described, Entry } from "./entries.ts";
import { declarationOf } from "./declarations.ts";

/** The export conditions of runtimes and bundlers without FFI and Node's modules. */
const BROWSER_CONDITIONS = ["workerd", "edge-light", "browser"] as const;

/**
 * The optional peer dependencies: koffi for the native engine on a Node without FFI, the others for the subpath that
 * imports them.
 */
const PEERS: Readonly<Record<string, string>> = {
  "koffi": "^3.0.0",
  "@openfeature/server-sdk": "^1.13.0",
  "@openfeature/web-sdk": "^1.4.0",
  "@opentelemetry/api": "^1.9.0",
};

/** The command of the package: its name, and the subpath that exports its `run()`. */
export const CLI_COMMAND = { subpath: "./cli", name: "flipt-ffi" } as const;

/** The conditional exports of one module. */
type Conditions = { readonly [condition: string]: string | Conditions };

/**
 * Returns the package.json.
 * @param described The package as deno.json describes it.
 * @param imports The packages that its modules import.
 * @throws {Error} when a module imports a package without a known version range.
 */
export function packageJson(
  described: Described,
  version: string,
  imports: readonly string[],
): Readonly<Record<string, unknown>> {
  const { name, license, entries } = described;
  const peers = peersOf(imports);
  const hasCommand = entries.some(({ subpath }) => subpath === CLI_COMMAND.subpath);
  return {
    name,
    version,
    description:
      "Flipt feature flags, evaluated in the process by a native engine over FFI, or in TypeScript",
    keywords: ["flipt", "feature-flags", "feature-toggles", "ffi", "deno", "bun", "openfeature"],
    license,
    type: "module",
    sideEffects: false,
    engines: { node: `>=${OLDEST_NODE}` },
    main: "./lib/cjs/mod.js",
    module: "./lib/mod.js",
    types: commonJsTypesOf({ source: "mod.ts" }),
    // For TypeScript's oldest module resolution, which ignores exports.
    typesVersions: {
      "*": Object.fromEntries(
        entries.filter(({ subpath }) => subpath !== ".").map(({ subpath, source }) => [
          subpath.slice(2),
          [commonJsTypesOf({ source })],
        ]),
      ),
    },
    exports: {
      ...Object.fromEntries(entries.map((entry) => [entry.subpath, conditionsOf(entry)])),
      "./native/*": "./lib/native/*",
      "./package.json": "./package.json",
    },
    ...(hasCommand ? { bin: { [CLI_COMMAND.name]: `./lib/${CLI_COMMAND.name}.js` } } : {}),
    peerDependencies: peers,
    peerDependenciesMeta: Object.fromEntries(Object.keys(peers).map((peer) => [peer, { optional: true }])),
    // The libraries must be files, while Yarn otherwise keeps packages in archives.
    preferUnplugged: true,
  };
}

/**
 * Returns the conditions in order of precedence: the first that applies is used, so types precede files, and special
 * conditions precede general ones. CommonJS always gets the build for Node, also in tests with browser conditions.
 */
function conditionsOf(entry: Entry): Conditions {
  const modules = (folder: string): Conditions => ({
    types: typesOf(entry),
    default: `./${folder}/${entry.name}.js`,
  });
  const server = {
    import: modules("lib"),
    require: { types: commonJsTypesOf(entry), default: `./lib/cjs/${entry.name}.js` },
  };
  // Named here, too: Jest 29 looks no further than the first condition that holds.
  const browser = { import: modules("browser"), require: server.require };
  return {
    // Before those of browsers: these runtimes have FFI, whatever other conditions are set.
    bun: server,
    deno: server,
    ...(isForBrowsers(entry)
      ? Object.fromEntries(BROWSER_CONDITIONS.map((condition) => [condition, browser]))
      : {}),
    ...server,
  };
}

function typesOf({ source }: Pick<Entry, "source">): string {
  return `./types/${declarationOf(source)}`;
}

function commonJsTypesOf({ source }: Pick<Entry, "source">): string {
  return `./types/cjs/${declarationOf(source)}`;
}

function peersOf(imports: readonly string[]): Readonly<Record<string, string>> {
  const names = new Set(["koffi", ...imports.map(packageName)]);
  return Object.fromEntries(
    [...names].sort().map((name) => {
      const range = PEERS[name];
      if (range === undefined) {
        throw new Error(
          `the package imports ${name}: add its version range in tasks/npm/package_json.ts`,
        );
      }
      return [name, range];
    }),
  );
}

/** Returns the package of a specifier, such as `@scope/name` for `@scope/name/subpath`. */
function packageName(specifier: string): string {
  return specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}
