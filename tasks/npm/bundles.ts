// The JavaScript of the npm package: ECMAScript modules that share one core, so that a class is the same one for all
// subpaths; the same as CommonJS; and a build for browsers and edge workers.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BuildOptions, Metafile, Plugin } from "esbuild";
import { build, transform } from "esbuild";
import type { Packaged } from "../../engines/native/manifest.ts";
import { bundleCore, type CoreModules, coreModules, fromCore, importFromCore } from "./core_module.ts";
import { describedPackage, type Entry, ROOT } from "./entries.ts";

/** The oldest Node that the package runs on. */
export const OLDEST_NODE = 20;

/** The replacements for what Node 20 lacks, from node20.ts. */
export const POLYFILLS = {
  "Promise.withResolvers": "promiseWithResolvers",
  // jsdom's, in Jest 29, has none.
  "URL.canParse": "canParseUrl",
} as const;

/** The replacements for what jsdom hides of Node, from jsdom.ts. */
const JSDOM_POLYFILLS = { TextDecoder: "NodeTextDecoder", TextEncoder: "NodeTextEncoder" } as const;

/** What Node 20 lacks without a replacement. */
const LACKING =
  /\b(?:(?:Object|Map)\.groupBy|Array\.fromAsync|Promise\.try|URL\.parse|RegExp\.escape|Iterator\.from|Error\.isError)\b|\.(?:union|intersection|difference|symmetricDifference|isSubsetOf|isSupersetOf|isDisjointFrom)\(|\.(?:values|keys|entries)\(\)\.(?:map|filter|take|drop|flatMap|reduce|toArray|forEach|some|every|find)\(/;

/** Modules that are replaced in browsers and edge workers. */
const BROWSER_MODULES: Readonly<Record<string, string>> = {
  "core/closest_string.ts": "browser/advice.ts",
  "engines/choice.ts": "browser/engines.ts",
  "engines/leases.ts": "browser/leases.ts",
  "engines/rules/ignored_values.ts": "browser/advice.ts",
  "ffi/detached.ts": "browser/detached.ts",
  "ffi/system_clock.ts": "browser/system_clock.ts",
  "src/authentication/token_file.ts": "browser/token_file.ts",
  "src/evaluation/advice.ts": "browser/advice.ts",
  "src/from_environment.ts": "browser/from_environment.ts",
  "src/options/option_hints.ts": "browser/advice.ts",
  "src/options/runtime_options.ts": "browser/transport.ts",
  "src/options/socket.ts": "browser/transport.ts",
  "src/sources/transport.ts": "browser/transport.ts",
  "src/sync/failed_attempts.ts": "browser/advice.ts",
  "src/workers/attached_client.ts": "browser/attach.ts",
  "store/file.ts": "browser/file_store.ts",
  "testing/server.ts": "browser/test_server.ts",
};

/** Entries that do not work in browsers and edge workers. */
const NODE_ONLY: readonly string[] = ["./cli", "./file", "./relay"];

const COMMON: BuildOptions = {
  absWorkingDir: ROOT,
  bundle: true,
  charset: "utf8",
  chunkNames: "chunk-[hash]",
  format: "esm",
  legalComments: "none",
  logLevel: "silent",
  metafile: true,
  packages: "external",
  splitting: true,
};

/** The main module: what it needs is the core. */
const MAIN = "mod.ts";

/** The npm packages that come with this one, each as a module of its own: what is imported, with its file. */
export const INCLUDED: Readonly<Record<string, string>> = {
  // What it is for browsers reads no variables, and so needs no permission on Deno.
  yaml: "node_modules/yaml/browser/dist/index.js",
};

/** Options of a build. */
export interface BundleOptions {
  /** The output folder. */
  readonly folder: string;
  /** The public modules. */
  readonly entries: readonly Entry[];
  /** The version of the package. */
  readonly version: string;
}

/** The result of a build. */
export interface Bundles {
  /** The packages that it imports. */
  readonly imports: readonly string[];
}

/** Returns whether an entry is also built for browsers and edge workers. */
export function isForBrowsers({ subpath }: Entry): boolean {
  return !NODE_ONLY.includes(subpath);
}

/**
 * Writes the modules for Deno, Bun and Node.
 * @param packaged The libraries, which are in the folder `native/` beside the modules.
 * @throws {Error} (rejects) when a module cannot be bundled, or would not run on Node 20.
 */
export async function bundle(
  { folder, entries, version }: BundleOptions,
  packaged: Pick<Packaged, "manifest">,
): Promise<Bundles> {
  const workers = new Map<string, string>();
  const options: BuildOptions = {
    ...COMMON,
    outdir: folder,
    platform: "node",
    target: `node${OLDEST_NODE}`,
    // Keeping all names would cost a call for each function that is made, also at run time.
    minify: true,
    define: { ...POLYFILLS, ...JSDOM_POLYFILLS },
    inject: ["./node20.ts", "./jsdom.ts"].map((name) => fileURLToPath(new URL(name, import.meta.url))),
  };
  const plugins = (core?: CoreModules): Plugin[] => [
    ...(core === undefined ? [] : [fromCore(core)]),
    replaceContents({
      "engines/native/packaged.ts": packagedModule(describedPackage().name, packaged),
      // The libraries of the package are files, which need no cache.
      "engines/native/cached_library.ts": "export const cachedLibrary = undefined;",
      "core/version.ts": versionModule(version),
    }),
    forServers(workers, core),
  ];
  const core = await coreModules({ ...options, plugins: plugins() }, MAIN);
  const own = await bundleCore({ ...options, plugins: plugins() }, core);
  const included = Object.entries(INCLUDED).map(([name, source]) => ({ source, name }));
  const others = await build({
    ...options,
    entryPoints: entryPoints([...entries, ...included]),
    plugins: plugins(core),
  });
  // A Worker loads what it needs, and shares no classes with other threads.
  const apart = await build({
    ...options,
    entryPoints: entryPoints([...workers].map(([source, name]) => ({ source, name }))),
    plugins: plugins(),
    splitting: false,
  });
  await splitIntoLines(folder);
  keepFromBundlers(folder);
  checkNode20(folder);
  return { imports: packageImports([own, others.metafile, apart.metafile]) };
}

/** Writes the modules for browsers and edge workers. */
export async function bundleForBrowsers({ folder, entries, version }: BundleOptions): Promise<void> {
  await build({
    ...browserOptions(version),
    minify: true,
    entryPoints: entryPoints(entries),
    outdir: folder,
  });
  keepFromBundlers(folder);
}

/** Returns the options of builds for browsers and edge workers. */
export function browserOptions(version: string): BuildOptions & { readonly metafile: true } {
  return {
    ...COMMON,
    metafile: true,
    platform: "browser",
    target: "es2022",
    define: POLYFILLS,
    inject: [fileURLToPath(new URL("./node20.ts", import.meta.url))],
    plugins: [
      replaceModules(BROWSER_MODULES),
      replaceContents({ "core/version.ts": versionModule(version) }),
    ],
  };
}

/**
 * Writes the modules of a folder as CommonJS to the subfolder `cjs`. The files have the same names, so that npm puts
 * them side by side into the tarball, where common parts compress well.
 */
export async function addCommonJs(folder: string): Promise<void> {
  await build({
    absWorkingDir: folder,
    bundle: true,
    charset: "utf8",
    entryPoints: readdirSync(folder).filter((name) => name.endsWith(".js")),
    outdir: join(folder, "cjs"),
    format: "cjs",
    legalComments: "none",
    logLevel: "silent",
    packages: "external",
    platform: "node",
    target: `node${OLDEST_NODE}`,
    minifySyntax: true,
    plugins: [toCommonJs],
  });
  keepFromBundlers(join(folder, "cjs"));
  writeFileSync(join(folder, "cjs/package.json"), `{ "type": "commonjs" }\n`);
}

/** Replaces `import.meta.url`, which CommonJS lacks. Bundled for browsers, it also lacks `__filename`. */
const MODULE_URL = `const moduleUrl = typeof __filename !== "string" ? undefined : "file://" + encodeURI(
  __filename[0] === "/" ? __filename : "/" + __filename.replaceAll("\\\\", "/"),
).replace(/[?#]/g, encodeURIComponent);
`;

/** The path of the libraries: `../native/` from the package's own CommonJS, `./native/` from a bundle of it. */
const NATIVE_FOLDER = String.raw`/\/lib\/cjs\/[^/]*$/.test(moduleUrl)?"../native/":"./native/"`;

const toCommonJs: Plugin = {
  name: "to-commonjs",
  setup({ onLoad, onResolve }) {
    onResolve(
      { filter: /^\.\/.*\.js$/ },
      ({ kind, path }) => kind === "entry-point" ? undefined : { path, external: true },
    );
    onLoad({ filter: /\.js$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8")
        // Also for dynamic imports: where only CommonJS is supported, as in Jest, `import()` fails.
        .replace(/\bimport\(("\.\/[^"]+\.js")\)/g, "Promise.resolve().then(() => require($1))")
        .replaceAll('"./native/"', () => NATIVE_FOLDER)
        .replaceAll("import.meta.url", "moduleUrl");
      return { loader: "js", contents: text.includes("moduleUrl") ? MODULE_URL + text : text };
    });
  },
};

function versionModule(version: string): string {
  return `export const version = ${JSON.stringify(version)};`;
}

/**
 * A URL from that of the module. Bundlers take `new URL(…, import.meta.url)` for a file to be copied, whatever stands
 * between: Turbopack fails where it is a folder, and all of them would copy a Worker's module without what it imports.
 */
function urlBeside(path: string): string {
  return `Reflect.construct(URL, [${JSON.stringify(path)}, import.meta.url])`;
}

/**
 * Next.js writes the variable's value into what it bundles. Deno has another form of the package for it, and would ask for
 * a permission.
 */
function adviceOf(name: string): string {
  const files = `{ "/**": ["./node_modules/${name}/lib/native/*"] }`;
  const advice = JSON.stringify(`set outputFileTracingIncludes: ${files} in next.config`);
  return `!("Deno" in globalThis) && process.env.NEXT_RUNTIME ? ${advice} : undefined`;
}

function packagedModule(name: string, { manifest }: Pick<Packaged, "manifest">): string {
  return `export const packaged = {
    package: ${JSON.stringify(name)},
    advice: ${adviceOf(name)},
    manifest: ${JSON.stringify(manifest)},
    folder: import.meta.url === undefined ? "" : ${urlBeside("./native/")}.href,
  };`;
}

/** Replaces the contents of modules of the checkout. */
function replaceContents(contents: Readonly<Record<string, string>>): Plugin {
  const byPath = new Map(Object.entries(contents).map(([path, text]) => [join(ROOT, path), text]));
  return {
    name: "replace-contents",
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const text = byPath.get(path);
        return text === undefined ? undefined : { contents: text, loader: "js" };
      });
    },
  };
}

/** Replaces modules of the checkout by others. */
function replaceModules(modules: Readonly<Record<string, string>>): Plugin {
  const byPath = new Map(
    Object.entries(modules).map(([path, other]) => [join(ROOT, path), join(ROOT, other)]),
  );
  return {
    name: "replace-modules",
    setup({ onResolve }) {
      onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ path, resolveDir, importer }) => {
        const other = byPath.get(join(resolveDir, path));
        // The replacement of a module may itself load the module.
        return other === undefined || dirname(importer) === dirname(other) ? undefined : { path: other };
      });
    },
  };
}

/**
 * Adapts the sources to a package of a few files. The modules of Workers become files of their own, to which URLs are
 * adapted. Dynamic imports become static: Rollup moves what two chunks share into the program's own module, and a
 * program that awaits `init()` at its top level would then wait for a chunk that waits for the program.
 */
function forServers(workers: Map<string, string>, core: CoreModules | undefined): Plugin {
  return {
    name: "for-servers",
    setup({ onLoad, onResolve }) {
      onResolve(
        { filter: /^\w+$/ },
        ({ kind, path }) =>
          kind === "dynamic-import" && Object.hasOwn(INCLUDED, path)
            ? { path: `./${path}.js`, external: true }
            : undefined,
      );
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const imports: string[] = [];
        // Except in comments.
        const text = readFileSync(path, "utf8");
        const contents = (core === undefined ? text : importFromCore(text, path, core)).replace(
          /^(?! *(?:\*|\/\/)).*$/gm,
          (line) =>
            line.replace(/new URL\("(\.\/[\w/]+\.ts)", import\.meta\.url\)/, (_, worker: string) => {
              const source = join(path, "..", worker).slice(ROOT.length);
              const name = source.replace(/^engines\//, "").replace(/\.ts$/, "").replaceAll("/", "-");
              workers.set(source, name);
              return urlBeside(`./${name}.js`);
            }).replace(/(?<!typeof )\bimport\("(\.\.?\/[\w/]+\.ts)"\)/, (_, module: string) => {
              const name = `dynamic${imports.length}`;
              imports.push(`import * as ${name} from "${module}";`);
              return `Promise.resolve(${name})`;
            }),
        );
        return { contents: `${imports.join("\n")}\n${withClassNames(contents)}`, loader: "ts" };
      });
    },
  };
}

/** Classes keep their names, which programs ask their instances for. */
function withClassNames(text: string): string {
  return text.replace(
    /^(?:export )?(?:abstract )?class (\w+)\b.*\{$/gm,
    (line, name: string) =>
      `${line} static { Object.defineProperty(this, "name", { value: "${name}", configurable: true }); }`,
  );
}

function entryPoints(modules: readonly Pick<Entry, "source" | "name">[]): { in: string; out: string }[] {
  return modules.map(({ source, name }) => ({ in: join(ROOT, source), out: name }));
}

function packageImports(metafiles: readonly (Metafile | undefined)[]): string[] {
  const imports = metafiles.flatMap((metafile) => Object.values(metafile?.outputs ?? {}))
    .flatMap((output) => output.imports)
    .filter(({ external, path }) => external && !path.startsWith("node:") && !path.startsWith("."));
  return [...new Set(imports.map(({ path }) => path))].sort();
}

/** Minifying drops the comments that keep bundlers from what they cannot know, and from warning of it. */
function keepFromBundlers(folder: string): void {
  for (const path of scriptsIn(folder)) {
    const text = readFileSync(path, "utf8");
    const kept = text.replace(
      /\bimport\((?=[A-Za-z_$])/g,
      "import(/* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ ",
    );
    if (kept !== text) writeFileSync(path, kept);
  }
}

function scriptsIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith(".js")).map((name) => join(folder, name));
}

/**
 * Gives each statement a line of its own again. Node prints the line that an error nobody catches was thrown on, however
 * long it is, and the message after it.
 */
async function splitIntoLines(folder: string): Promise<void> {
  for (const path of scriptsIn(folder)) {
    const { code } = await transform(readFileSync(path, "utf8"), {
      charset: "utf8",
      target: `node${OLDEST_NODE}`,
    });
    writeFileSync(path, code);
  }
}

function checkNode20(folder: string): void {
  for (const path of scriptsIn(folder)) {
    const lacking = LACKING.exec(readFileSync(path, "utf8"))?.[0];
    if (lacking !== undefined) {
      throw new Error(`${path} uses ${lacking}, which Node ${OLDEST_NODE} lacks: add a replacement`);
    }
  }
}
