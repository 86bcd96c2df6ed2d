// The npm package as package managers install it: it works on every runtime, and nothing of it needs a network.

import assert from "node:assert/strict";
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { describedPackage } from "../../../tasks/npm/entries.ts";
import { toolPath } from "../../../tasks/npm/tools.ts";
import { installedRuntime } from "../../../tasks/runtimes.ts";
import { dependencyFile, mustRun, PackedPackage, run } from "../../support/npm_package.ts";
import { assertNative, deno, here, native, noDeno, noTool, skip, told } from "../../support/npm_tests.ts";

let packed: PackedPackage;
let project: string;

before(async () => {
  if (here !== undefined) return;
  packed = await PackedPackage.make();
  project = packed.project("a project");
});
after(() => packed?.remove());

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

  test("flags of a request are the same to a module and to CommonJS", skip(here), () => {
    const program = `
      import { createRequire } from "node:module";
      import * as imported from "@flipt-ffi/client/request";
      import { testFlags } from "@flipt-ffi/client/testing";
      const required = createRequire(import.meta.url)("@flipt-ffi/client/request");
      const scope = testFlags({ on: true }).for("user-1");
      console.log(imported.flags === required.flags);
      console.log(imported.withFlags(scope, () => required.flags().isEnabled("on")));
      console.log(required.withFlags(scope, () => imported.flags().isEnabled("on")));`;
    for (const executable of [process.execPath, toolPath("node20"), installedRuntime("bun").executable]) {
      if (executable === undefined) continue;
      writeFileSync(join(project, "formats.mjs"), program);
      const { stdout, all } = run(executable, ["formats.mjs"], project);
      const [isSame, ...answers] = stdout.trim().split("\n");
      assert.deepEqual(answers, ["true", "true"], all);
      if (executable === process.execPath) assert.equal(isSame, "false", "there is nothing to be tested");
    }
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
      for (const peer of ["@openfeature", "@opentelemetry"]) {
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
          authorization: "Bearer t0ken",
          team: "shop",
          page: "winter",
          answered: 200,
          exposed: 1,
          counted: true,
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
