// The npm package as users get it: what is in it, and that it works wherever it is installed or bundled. Nothing of it
// needs a network. Runs in Node's run of the suite only, as it starts the other runtimes itself.

import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { runInNewContext } from "node:vm";
import { build } from "esbuild";
import { rollup } from "rollup";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { ensureEngine } from "../../tasks/build_engine.ts";
import { describedPackage } from "../../tasks/npm/entries.ts";
import { toolPath } from "../../tasks/npm/tools.ts";
import { installedRuntime, ownRuntime } from "../../tasks/runtimes.ts";
import {
  dependencyFile,
  type Ended,
  mustRun,
  PackedPackage,
  run,
  sizeOf,
  textOf,
} from "../support/npm_package.ts";

const here: string | undefined = ownRuntime().name === "node"
  ? undefined
  : "the npm package is tested in Node's run";
const native = here ??
  (ensureEngine() === undefined ? "the native engine could not be built (no cargo?)" : undefined);
const deno = process.env["DENO"];
const noDeno = deno === undefined ? "the variable DENO does not name Deno's executable" : undefined;

/** The `skip` of a test. */
function skip(...reasons: (string | undefined)[]): { skip: false | string } {
  return { skip: reasons.find((reason) => reason !== undefined) ?? false };
}

function noTool(name: Parameters<typeof toolPath>[0]): string | undefined {
  return toolPath(name) === undefined ? `${name} has not been fetched: run deno task test:npm` : undefined;
}

let packed: PackedPackage;
let project: string;

before(async () => {
  if (here !== undefined) return;
  packed = await PackedPackage.make();
  project = packed.project("a project");
});
after(() => packed?.remove());

/** What a program printed of the engine and the answer. */
function told(
  { status, stdout, all }: Ended,
): { kind?: string; library?: string; reason?: string; answer?: boolean } {
  assert.equal(status, 0, all);
  return JSON.parse(stdout);
}

function assertNative(ended: Ended, folder: string): void {
  const { kind, library, answer } = told(ended);
  assert.deepEqual({ kind, answer }, { kind: "native", answer: true }, ended.all);
  assert.ok(library?.includes(folder), ended.all);
}

describe("the tarball", () => {
  test("holds what users need and nothing else, in at most 2 MB", skip(here), () => {
    const { files, tarball } = packed;
    const known =
      /^(lib\/(cjs\/)?[\w.-]+\.js|lib\/native\/[\w.-]+\.(so|dylib|dll)|browser\/[\w.-]+\.js|types\/[\w/]+\.d\.ts|\w+\/cjs\/package\.json)$/;
    const texts = ["CHANGELOG.md", "LICENSE", "README.md", "THIRD_PARTY_LICENSES", "package.json"];
    assert.deepEqual(files.filter((file) => !known.test(file) && !texts.includes(file)), []);
    for (const text of ["LICENSE", "README.md", "package.json"]) assert.ok(files.includes(text), text);
    assert.ok(sizeOf(tarball) <= 2_000_000, `${sizeOf(tarball)} bytes`);
  });

  test("has an entry for each export of deno.json, whose files are all there", skip(here), () => {
    const { exports, version } = JSON.parse(textOf(join(packed.made, "package.json")));
    const { entries, version: expected } = describedPackage();
    assert.equal(version, expected);
    for (const { subpath } of entries) assert.ok(Object.hasOwn(exports, subpath), subpath);
    for (const condition of ["bun", "deno", "browser", "import", "require"]) {
      assert.ok(Object.hasOwn(exports["."], condition), condition);
    }
    const paths: string[] = [];
    JSON.stringify(exports, (_, value) => (typeof value === "string" && paths.push(value), value));
    for (const path of paths.filter((each) => !each.includes("*"))) {
      assert.ok(packed.files.includes(path.slice(2)), path);
    }
  });

  test("has each class once, so that instanceof holds across subpaths", skip(here), () => {
    for (const format of [/^lib\/[^/]*\.js$/, /^lib\/cjs\/.*\.js$/, /^browser\/.*\.js$/]) {
      const code = packed.files.filter((file) => format.test(file)).map((file) =>
        textOf(join(packed.made, file))
      );
      for (const name of ["FliptError", "EngineError", "FetchError"]) {
        assert.equal(code.join("\n").split(`name="${name}"`).length - 1, 1, `${name} in ${format}`);
      }
    }
  });

  test("says nothing of the machine that it was made on", skip(here), () => {
    const registry =
      run(process.execPath, [toolPath("npm") ?? "npm", "config", "get", "registry"], project).stdout;
    const root = fileURLToPath(new URL("../../", import.meta.url));
    const secrets = [
      root,
      homedir(),
      packed.folder,
      "/root/",
      "/home/",
      registry.trim(),
      "registry.npmjs",
      pathToFileURL(root).href,
    ];
    for (const file of packed.files.filter((each) => !each.startsWith("lib/native/"))) {
      const text = textOf(join(packed.made, file));
      for (const secret of secrets) assert.ok(!text.includes(secret), `${secret} in ${file}`);
    }
  });

  test("is found good by publint and by Are The Types Wrong", skip(here), async () => {
    const { publint } = await import("publint");
    const { messages } = await publint({ pkgDir: packed.made, strict: true, pack: false });
    assert.deepEqual(messages, []);
    const attw = dependencyFile("@arethetypeswrong/cli/dist/index.js");
    const { status, all } = run(
      process.execPath,
      [attw, packed.tarball, "--no-emoji", "--no-color"],
      packed.folder,
    );
    assert.equal(status, 0, all);
    assert.match(all, /No problems found/);
  });
});

describe("installed by npm without a network, in a path with spaces", () => {
  for (const major of [20, 22, 24] as const) {
    const name = `node${major}` as const;
    test(
      `Node ${major} evaluates on the portable engine, and says what would change that`,
      skip(here, noTool(name)),
      () => {
        for (const program of ["program.mjs", "program.cjs"]) {
          const { kind, reason, answer } = told(run(toolPath(name) ?? "", [program], project));
          assert.deepEqual({ kind, answer }, { kind: "portable", answer: true });
          assert.match(reason ?? "", /npm install koffi/);
        }
      },
    );
  }

  test("Node 24 with koffi evaluates on the native engine", skip(native, noTool("node24")), () => {
    const folder = packed.project("with koffi");
    symlinkSync(dependencyFile("koffi"), join(folder, "node_modules/koffi"));
    for (const program of ["program.mjs", "program.cjs"]) {
      assertNative(run(toolPath("node24") ?? "", [program, "native"], folder), folder);
    }
  });

  test("Node 26 evaluates on the native engine, as a module and as CommonJS", skip(native), () => {
    for (const program of ["program.mjs", "program.cjs"]) {
      const ended = run(process.execPath, [program], project);
      assertNative(ended, project);
      assert.doesNotMatch(ended.all, /Warning/);
    }
  });

  test("Bun evaluates on the native engine, as a module and as CommonJS", skip(native), () => {
    for (const program of ["program.mjs", "program.cjs"]) {
      assertNative(run(installedRuntime("bun").executable, [program], project), project);
    }
  });

  test(
    "Deno evaluates on the native engine with two permissions, and portable without",
    skip(native, noDeno),
    () => {
      const permissions = ["--allow-ffi", `--allow-read=${project}`];
      assertNative(run(deno ?? "", ["run", ...permissions, "program.mjs", "native"], project), project);
      const { kind, answer, reason } = told(run(deno ?? "", ["run", "program.mjs"], project));
      assert.deepEqual({ kind, answer }, { kind: "portable", answer: true });
      assert.match(reason ?? "", /--allow-(ffi|read)/);
    },
  );

  test("a library that was changed is not opened", skip(native), () => {
    const folder = packed.project("damaged");
    const { stdout } = run(process.execPath, ["program.mjs", "native"], folder);
    const library = (JSON.parse(stdout) as { library: string }).library;
    const bytes = readFileSync(library);
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
    writeFileSync(library, bytes);
    const { status, all } = run(process.execPath, ["program.mjs", "native"], folder);
    assert.notEqual(status, 0);
    assert.match(all, /EngineError: .*SHA-256/);
  });

  test("every subpath loads where what it needs beside the package is there, or says so", skip(here), () => {
    const { name, entries } = describedPackage();
    const optional = /Cannot find (package|module) '(@openfeature|@opentelemetry)\//;
    for (const { subpath } of entries) {
      const specifier = JSON.stringify(name + subpath.slice(1));
      for (
        const parameters of [["--input-type=module", "-e", `await import(${specifier})`], [
          "-e",
          `require(${specifier})`,
        ]]
      ) {
        const { status, all } = run(process.execPath, parameters, project);
        assert.ok(status === 0 || optional.test(all), `${subpath}: ${all}`);
      }
    }
  });

  test(
    "every subpath does its work on Node 20, Node 26, Bun and Deno, with its peers installed",
    skip(here, noDeno, noTool("node20")),
    () => {
      const folder = packed.project("with peers");
      for (const peer of ["yaml", "@openfeature", "@opentelemetry"]) {
        symlinkSync(dependencyFile(peer), join(folder, "node_modules", peer));
      }
      for (
        const [executable, ...parameters] of [
          [toolPath("node20") ?? ""],
          [process.execPath],
          [installedRuntime("bun").executable],
          [deno ?? "", "run", "-A"],
        ] as const
      ) {
        const { status, stdout, all } = run(executable, [...parameters, "subpaths.mjs"], folder);
        assert.equal(status, 0, all);
        const [value, told] = stdout.trim().split("\n");
        assert.equal(value, "true");
        assert.deepEqual(JSON.parse(told ?? ""), {
          testing: [true, false],
          openfeature: "winter",
          explained: true,
          stored: 1,
          file: true,
          cli: 0,
        });
      }
    },
  );

  test("the command runs on Node 20, 26, Bun and Deno", skip(here, noDeno, noTool("node20")), (context) => {
    const { version } = describedPackage();
    const command = join(project, "node_modules/@flipt-ffi/client/lib/flipt-ffi.js");
    if (!existsSync(command)) return (context as { skip(reason: string): void }).skip("there is no command");
    const runtimes = [
      [toolPath("node20") ?? "", command],
      [process.execPath, command],
      [installedRuntime("bun").executable, command],
      [deno ?? "", "run", "-A", command],
    ] as const;
    for (const [executable, ...parameters] of runtimes) {
      const { status, stdout, all } = run(executable, [...parameters, "--version"], project);
      assert.equal(status, 0, all);
      assert.ok(stdout.includes(version), all);
    }
  });
});

describe("installed by other package managers without a network", () => {
  test("pnpm's links: Node evaluates on the native engine", skip(native, noTool("pnpm")), () => {
    const folder = packed.emptyProject("by pnpm");
    mustRun(
      "pnpm",
      ["add", "--offline", `--store-dir=${join(packed.folder, "store")}`, packed.tarball],
      folder,
    );
    for (const program of ["program.mjs", "program.cjs"]) {
      assertNative(run(process.execPath, [program, "native"], folder), folder);
    }
  });

  test(
    "Yarn without node_modules: the package is unplugged, and Node evaluates natively",
    skip(native, noTool("yarn")),
    () => {
      const folder = packed.emptyProject("by yarn");
      writeFileSync(join(folder, "yarn.lock"), "");
      const settings = {
        YARN_ENABLE_NETWORK: "0",
        YARN_ENABLE_GLOBAL_CACHE: "0",
        YARN_ENABLE_TELEMETRY: "0",
        YARN_GLOBAL_FOLDER: join(packed.folder, "yarn"),
      };
      mustRun("yarn", ["add", `@flipt-ffi/client@file:${packed.tarball}`], folder, settings);
      assert.ok(!existsSync(join(folder, "node_modules")));
      for (const program of ["program.mjs", "program.cjs"]) {
        assertNative(
          mustRun("yarn", ["node", program, "native"], folder, settings),
          join(folder, ".yarn/unplugged"),
        );
      }
    },
  );

  test("bun add: Bun evaluates on the native engine", skip(native), () => {
    const folder = packed.emptyProject("by bun");
    const bun = installedRuntime("bun").executable;
    const { status, all } = run(bun, ["add", "--ignore-scripts", packed.tarball], folder, {
      BUN_CONFIG_REGISTRY: "http://127.0.0.1:9/",
      BUN_INSTALL_CACHE_DIR: join(packed.folder, "bun"),
    });
    assert.equal(status, 0, all);
    assertNative(run(bun, ["program.mjs", "native"], folder), folder);
  });
});

describe("the types", () => {
  let typed: string | undefined;

  /** A project with the types of Node beside the package. */
  function typedProject(): string {
    const folder = packed.project("types");
    for (
      const [from, to] of [["@types/node", "@types/node"], [
        ".deno/node_modules/undici-types",
        "undici-types",
      ]]
    ) {
      cpSync(dependencyFile(from ?? ""), join(folder, "node_modules", to ?? ""), {
        recursive: true,
        dereference: true,
      });
    }
    return folder;
  }

  /** Checks types.ts in a package of a type, with all declarations of the package; gives what the compiler says. */
  function check(type: "module" | "commonjs", options: Readonly<Record<string, unknown>>): string {
    typed ??= typedProject();
    const folder = join(typed, type);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type }));
    cpSync(join(typed, "types.ts"), join(folder, "types.ts"));
    const compilerOptions = { strict: true, noEmit: true, target: "es2022", skipLibCheck: false, ...options };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["types.ts"] }));
    const { status, all } = run(
      process.execPath,
      [dependencyFile("typescript/bin/tsc"), "-p", folder],
      folder,
    );
    return status === 0 ? "" : all;
  }

  for (
    const [module, moduleResolution] of [["node16", "node16"], ["nodenext", "nodenext"], [
      "preserve",
      "bundler",
    ]]
  ) {
    for (const type of ["module", "commonjs"] as const) {
      test(`check under ${moduleResolution} in a package of type ${type}`, skip(here), () => {
        assert.equal(check(type, { module, moduleResolution, lib: ["es2022", "dom"], types: [] }), "");
      });
    }
  }

  test("check beside the types of Node, without those of browsers", skip(here), () => {
    const options = { module: "nodenext", moduleResolution: "nodenext", lib: ["es2022"], types: ["node"] };
    assert.equal(check("module", options), "");
  });
});

describe("bundled for a server", () => {
  test(
    "by esbuild: Node evaluates portable, and natively with the folder of libraries beside the bundle",
    skip(native),
    async () => {
      for (const [format, extension] of [["esm", "mjs"], ["cjs", "cjs"]] as const) {
        const outdir = join(project, `esbuild ${format}`);
        const outfile = join(outdir, `program.${extension}`);
        await build({
          absWorkingDir: project,
          entryPoints: [`program.${extension}`],
          bundle: true,
          platform: "node",
          format,
          outfile,
          logLevel: "silent",
        });
        const { kind, reason, answer } = told(run(process.execPath, [outfile], project));
        assert.deepEqual({ kind, answer }, { kind: "portable", answer: true });
        assert.match(reason ?? "", /beside the bundle/);
        cpSync(join(project, "node_modules/@flipt-ffi/client/lib/native"), join(outdir, "native"), {
          recursive: true,
        });
        assertNative(run(process.execPath, [outfile, "native"], project), outdir);
      }
    },
  );

  test("by esbuild from a module to CommonJS: Node evaluates portable", skip(here), async () => {
    const outfile = join(project, "crossed.cjs");
    const source = textOf(join(project, "program.mjs")).replace(
      "const client = await",
      "const client = FliptClient &&",
    );
    const stdin = {
      contents: `${source.slice(0, source.indexOf("const client"))}
      FliptClient.init({ fetcher: () => Promise.resolve(Response.json(document)) }).then((client) => {
        console.log(JSON.stringify({ ...client.engine, answer: client.evaluateBoolean("dark-mode", "user-1").enabled }));
        client.close();
      });`,
      resolveDir: project,
    };
    await build({ stdin, bundle: true, platform: "node", format: "cjs", outfile, logLevel: "silent" });
    const { kind, reason, answer } = told(run(process.execPath, [outfile], project));
    assert.deepEqual({ kind, answer }, { kind: "portable", answer: true });
    assert.match(reason ?? "", /give libraryPath/);
  });

  test(
    "by Rollup: Node evaluates natively with the folder of libraries beside the bundle",
    skip(native),
    async () => {
      const folder = join(project, "rollup");
      const bundle = await rollup({
        input: join(project, "program.mjs"),
        plugins: [nodeResolve({ preferBuiltins: true })],
        onLog: (_level, { message }) => assert.fail(message),
      });
      await bundle.write({ dir: folder, format: "es", entryFileNames: "[name].mjs" });
      await bundle.close();
      cpSync(join(project, "node_modules/@flipt-ffi/client/lib/native"), join(folder, "native"), {
        recursive: true,
      });
      assertNative(run(process.execPath, [join(folder, "program.mjs"), "native"], project), folder);
    },
  );
});

describe("compiled to one executable", () => {
  test("by Bun, with the libraries embedded: evaluates natively elsewhere", skip(native), () => {
    const bun = installedRuntime("bun").executable;
    const libraries = join(project, "node_modules/@flipt-ffi/client/lib/native");
    const elsewhere = join(packed.folder, "elsewhere");
    mkdirSync(elsewhere);
    const outfile = join(elsewhere, "program");
    const parameters = [
      "build",
      "--compile",
      "--asset-naming=native/[name].[ext]",
      `--outfile=${outfile}`,
      "program.mjs",
    ];
    const names = packed.files.filter((file) => file.startsWith("lib/native/")).map((file) => file.slice(11));
    const built = run(bun, [...parameters, ...names.map((name) => join(libraries, name))], project);
    assert.equal(built.status, 0, built.all);
    const { kind, library, answer } = told(run(outfile, ["native"], elsewhere));
    assert.deepEqual({ kind, answer }, { kind: "native", answer: true });
    assert.match(library ?? "", /bunfs/);
  });

  test("by Deno, the libraries go along with the package", skip(native, noDeno), () => {
    // What a program is compiled onto is not to be had without a network; any file will do to see what goes in.
    const { status, all } = run(
      deno ?? "",
      ["compile", "--allow-ffi", "--allow-read", "--output=compiled", "program.mjs"],
      project,
      {
        DENORT_BIN: deno ?? "",
      },
    );
    assert.equal(status, 0, all);
    const compiled = readFileSync(join(project, "compiled"));
    for (const file of packed.files.filter((each) => each.startsWith("lib/native/"))) {
      assert.ok(compiled.includes(readFileSync(join(packed.made, file))), file);
    }
  });
});

describe("bundled for a browser", () => {
  const result = {
    engine: {
      kind: "portable",
      reason: "the build for browsers has no FFI",
    },
    enabled: true,
    native: {
      isEngineError: true,
      isValidationError: false,
      message:
        'the engine native is not available: the build for browsers has no FFI; use "auto" or "portable"',
    },
    store: "there is no file system here: use another snapshot store",
  };

  const BROWSER_GLOBALS = [
    "AbortController",
    "AbortSignal",
    "BroadcastChannel",
    "Headers",
    "Request",
    "Response",
    "TextDecoder",
    "TextEncoder",
    "URL",
    "atob",
    "btoa",
    "clearTimeout",
    "console",
    "crypto",
    "fetch",
    "performance",
    "setTimeout",
    "queueMicrotask",
    "structuredClone",
  ] as const;

  /** Runs a bundle where there is nothing of a server's runtime, and looks at what the page finds. */
  async function assertRuns(code: string): Promise<void> {
    assert.doesNotMatch(code, /node:|dlopen|bun:ffi|koffi/);
    const page: Record<string, unknown> = {};
    for (const name of BROWSER_GLOBALS) page[name] = globalThis[name];
    runInNewContext(code, page);
    const found = JSON.parse(JSON.stringify(await page["result"]));
    const { tls, ...rest } = found;
    assert.deepEqual(rest, result);
    assert.equal(tls.isValidationError, true);
    assert.match(tls.message, /tls only works on Deno, Bun and Node/);
  }

  test("by esbuild: evaluates with nothing of the FFI or Node in it", skip(here), async () => {
    const { outputFiles } = await build({
      absWorkingDir: project,
      entryPoints: ["browser.mjs"],
      bundle: true,
      platform: "browser",
      format: "iife",
      write: false,
      logLevel: "silent",
    });
    await assertRuns(outputFiles[0]?.text ?? "");
  });

  test("by Rollup: evaluates with nothing of the FFI or Node in it", skip(here), async () => {
    const bundle = await rollup({
      input: join(project, "browser.mjs"),
      plugins: [nodeResolve({ browser: true })],
      onLog: (_level, { message }) => assert.fail(message),
    });
    const { output } = await bundle.generate({ format: "iife", inlineDynamicImports: true });
    await bundle.close();
    await assertRuns(output[0].code);
  });

  test("by Vite: evaluates with nothing of the FFI or Node in it", skip(here, noTool("vite")), async () => {
    const folder = packed.project("by vite");
    mustRun("vite", [
      "build",
      "--logLevel=warn",
      "--outDir=out",
      "--minify=false",
      `--config=${viteConfig(folder)}`,
    ], folder);
    await assertRuns(textOf(join(folder, "out/browser.js")));
  });

  function viteConfig(folder: string): string {
    const path = join(folder, "vite.config.mjs");
    const lib = { entry: "browser.mjs", formats: ["iife"], name: "program", fileName: () => "browser.js" };
    writeFileSync(
      path,
      `export default { build: { lib: { ...${JSON.stringify(lib)}, fileName: () => "browser.js" } } };`,
    );
    return path;
  }

  test("what is loaded later is loaded: streaming and attaching", skip(here), () => {
    const expected = { kind: "portable", before: false, after: true, followed: true };
    const ended = run(process.execPath, ["--conditions=browser", "stream.mjs"], project);
    assert.equal(ended.status, 0, ended.all);
    assert.deepEqual(JSON.parse(ended.stdout), expected);
  });

  test("imports nothing of Node, whichever subpath", skip(here), () => {
    for (const file of packed.files.filter((each) => each.startsWith("browser/"))) {
      assert.doesNotMatch(textOf(join(packed.made, file)), /["'`](?:node|bun):/, file);
    }
  });

  test("the sources themselves bundle for browsers, by esbuild and by Bun", skip(here), async () => {
    const source = fileURLToPath(new URL("../../mod.ts", import.meta.url));
    const { warnings } = await build({
      entryPoints: [source],
      bundle: true,
      platform: "browser",
      format: "esm",
      write: false,
      logLevel: "silent",
    });
    assert.deepEqual(warnings, []);
    const { status, all } = run(installedRuntime("bun").executable, [
      "build",
      "--target=browser",
      source,
      "--outdir=bun",
    ], project);
    assert.equal(status, 0, all);
  });
});
