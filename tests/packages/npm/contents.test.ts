// What is in the npm package: its files, its entries and its types.

import assert from "node:assert/strict";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describedPackage } from "../../../tasks/npm/entries.ts";
import { toolPath } from "../../../tasks/npm/tools.ts";
import { dependencyFile, PackedPackage, run, sizeOf, textOf } from "../../support/npm_package.ts";
import { here, noTool, skip } from "../../support/npm_tests.ts";

let packed: PackedPackage;
let project: string;

before(async () => {
  if (here !== undefined) return;
  packed = await PackedPackage.make();
  project = packed.project("a project");
});
after(() => packed?.remove());

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
    // The module of a Worker, which nothing on this thread imports.
    const apart = /worker_node\.js$/;
    for (const format of [/^lib\/[^/]*\.js$/, /^lib\/cjs\/.*\.js$/, /^browser\/.*\.js$/]) {
      const code = packed.files.filter((file) => format.test(file) && !apart.test(file)).map((file) =>
        textOf(join(packed.made, file))
      );
      for (const name of ["FliptError", "EngineError", "FetchError"]) {
        const classes = code.join("\n").split(new RegExp(`name ?= ?"${name}"`)).length - 1;
        assert.equal(classes, 1, `${name} in ${format}`);
      }
    }
  });

  test("has short lines, since Node prints the one that an error was thrown on", skip(here), () => {
    for (const file of packed.files.filter((each) => /^lib\/.*\.js$/.test(each))) {
      const throwing = textOf(join(packed.made, file)).split("\n").filter((line) => line.includes("throw "));
      const longest = Math.max(0, ...throwing.map((line) => line.length));
      assert.ok(longest <= 1_000, `${file}: ${longest} characters`);
    }
  });

  test("says nothing of the machine that it was made on", skip(here), () => {
    const registry =
      run(process.execPath, [toolPath("npm") ?? "npm", "config", "get", "registry"], project).stdout;
    const root = fileURLToPath(new URL("../../../", import.meta.url));
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
  function check(
    type: "module" | "commonjs",
    options: Readonly<Record<string, unknown>>,
    compiler: string = dependencyFile("typescript/bin/tsc"),
  ): string {
    typed ??= typedProject();
    const folder = join(typed, type);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type }));
    cpSync(join(typed, "types.ts"), join(folder, "types.ts"));
    const strict = { strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false };
    const compilerOptions = { ...strict, noEmit: true, target: "es2022", ...options };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["types.ts"] }));
    const { status, all } = run(
      process.execPath,
      [compiler, "-p", folder],
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

  test("check with the oldest TypeScript that is supported", skip(here, noTool("typescript52")), () => {
    const compiler = toolPath("typescript52");
    const options = { module: "nodenext", moduleResolution: "nodenext", lib: ["es2022", "dom"], types: [] };
    assert.equal(check("module", options, compiler), "");
    assert.equal(check("commonjs", options, compiler), "");
  });
});
