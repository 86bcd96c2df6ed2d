// The npm package in bundles for servers and for browsers, and in executables.

import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { build } from "esbuild";
import { rollup } from "rollup";
import { installedRuntime } from "../../../tasks/runtimes.ts";
import { mustRun, PackedPackage, run, textOf } from "../../support/npm_package.ts";
import { assertNative, deno, here, native, noDeno, noTool, skip, told } from "../../support/npm_tests.ts";

let packed: PackedPackage;
let project: string;

before(async () => {
  if (here !== undefined) return;
  packed = await PackedPackage.make();
  project = packed.project("a project");
});
after(() => packed?.remove());

/** A bundle where the package is not: it evaluates portable and says why, then natively with the libraries beside it. */
function elsewhere(outfile: string, why: RegExp): void {
  const folder = mkdtempSync(join(packed.folder, "bundle "));
  const moved = join(folder, basename(outfile));
  cpSync(outfile, moved);
  const { kind, reason, answer } = told(run(process.execPath, [moved], packed.folder));
  assert.deepEqual({ kind, answer }, { kind: "portable", answer: true });
  assert.match(reason ?? "", why);
  cpSync(join(project, "node_modules/@flipt-ffi/client/lib/native"), join(folder, "native"), {
    recursive: true,
  });
  assertNative(run(process.execPath, [moved], packed.folder), folder);
}

describe("bundled for a server", () => {
  test(
    "by esbuild: Node evaluates natively with the package, or with its folder of libraries beside the bundle",
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
        assertNative(run(process.execPath, [outfile, "native"], project), "node_modules");
        elsewhere(outfile, /next to the bundle/);
      }
    },
  );

  test("by esbuild from a module to CommonJS, which has no URL: the same", skip(native), async () => {
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
    assertNative(run(process.execPath, [outfile], project), "node_modules");
    elsewhere(outfile, /give libraryPath/);
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

  // A scope that a request carries is for servers: edge runtimes have AsyncLocalStorage, by Node's name for it.
  const isCarrier = (text: string): boolean => /AsyncLocalStorage as \w+\}from"node:async_hooks"/.test(text);

  test("imports nothing of Node, whichever subpath", skip(here), () => {
    for (const file of packed.files.filter((each) => each.startsWith("browser/"))) {
      const text = textOf(join(packed.made, file));
      assert.doesNotMatch(
        isCarrier(text) ? text.replace("node:async_hooks", "") : text,
        /["'`](?:node|bun):/,
        file,
      );
    }
  });

  test("the sources themselves bundle for browsers, by esbuild and by Bun", skip(here), async () => {
    const source = fileURLToPath(new URL("../../../mod.ts", import.meta.url));
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
