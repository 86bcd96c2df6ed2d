// The package as JSR has it: programs on Deno that import it from a registry on the loopback interface, with no more
// permissions than they were given.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import process from "node:process";
import { after, before, describe, it, test } from "node:test";
import { pathToFileURL } from "node:url";
import { denoJson, publishedFiles } from "../../tasks/jsr/sources.ts";
import { ROOT } from "../../tasks/npm/entries.ts";
import { ownRuntime } from "../../tasks/runtimes.ts";
import { JsrPackage, NAME, skip, target } from "../support/jsr_package.ts";
import { JsrRegistry } from "../support/jsr_registry.ts";

const { name: runtime, executable } = ownRuntime();

/** Lets Deno say which files of a folder it would publish, after it has checked their types and documentation. */
function publishedFrom(folder: string, ...flags: string[]): string[] {
  const parameters = ["publish", "--dry-run", "--allow-dirty", ...flags];
  const { status, stdout, stderr } = spawnSync(executable, parameters, {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  assert.equal(status, 0, stderr);
  const base = pathToFileURL(`${folder}/`).href;
  const files = (stdout + stderr).matchAll(/^ +(file:\S+) \(/gm);
  return Array.from(files, ([, url = ""]) => decodeURIComponent(url.slice(base.length))).sort();
}

test("deno publish in a checkout takes the sources, and no tests, benchmarks, tasks or Rust", {
  skip: runtime !== "deno" && "only Deno publishes to JSR",
}, () => {
  const files = publishedFrom(ROOT, "--no-check");
  assert.deepEqual(files, publishedFiles(denoJson()));
  for (const file of ["deno.json", "LICENSE", "THIRD_PARTY_LICENSES", "README.md", "mod.ts"]) {
    assert.ok(files.includes(file), file);
  }
  for (const file of files) assert.match(file, /^(deno\.json|[A-Z_]+(\.md)?|[^.]+\.ts)$/);
  for (const folder of ["bench", "browser", "dist", "examples", "node_modules", "tasks", "tests"]) {
    assert.deepEqual(files.filter((file) => file.startsWith(`${folder}/`)), []);
  }
});

describe("the JSR package", { skip }, () => {
  let jsr: JsrPackage;

  before(async () => {
    jsr = await JsrPackage.open();
  });

  after(() => jsr.close());

  it("is what deno publish takes, without a slow type", () => {
    const files = readdirSync(jsr.fileSet, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(jsr.fileSet, join(entry.parentPath, entry.name)).replaceAll(sep, "/"));
    assert.deepEqual(publishedFrom(jsr.fileSet), files.sort());
  });

  it("runs natively at its first start, for which one library is fetched: this platform's", async () => {
    const path = await jsr.assertNative(Object.values(jsr.permissions()));
    assert.equal(dirname(path), jsr.cacheFolder());
    const version = denoJson().version;
    assert.deepEqual(jsr.modulesAskedFor(), [
      `/${NAME}/${version}/engines/native/libraries/${target}.ts`,
    ]);
  });

  it("asks the registry for nothing at its next start", async () => {
    jsr.registry.requests.length = 0;
    await jsr.assertNative(Object.values(jsr.permissions()));
    assert.deepEqual(jsr.registry.requests, []);
  });

  it("needs no permission to write once the library is there, if it may ask who runs it", async () => {
    const { ffi, env, read } = jsr.permissions();
    await jsr.assertNative([ffi, env, read, "--allow-sys=uid"]);
  });

  it("takes the folder that DENO_DIR names, where it may read that", async () => {
    const folder = join(jsr.scratch, "deno", "flipt-ffi-engine");
    const flags = [
      "--allow-ffi",
      "--allow-env=DENO_DIR,HOME",
      `--allow-read=${folder}`,
      `--allow-write=${folder}`,
    ];
    assert.equal(dirname(await jsr.assertNative(flags)), folder);
  });

  it("replaces a library that was tampered with, and never opens it", async () => {
    const path = await jsr.assertNative(Object.values(jsr.permissions()));
    const tampered = readFileSync(path);
    tampered.fill(0, 0, 64);
    writeFileSync(path, tampered);
    assert.equal(await jsr.assertNative(Object.values(jsr.permissions())), path);
  });

  it("runs portable when a permission is missing, and names what is missing", async () => {
    await Promise.all((["ffi", "env", "read", "write"] as const).map(async (missing) => {
      // A home of its own, or the library would be there.
      const own = mkdtempSync(join(jsr.scratch, "home-"));
      const { [missing]: flag, ...granted } = jsr.permissions(own);
      const { kind, reason = "" } = await jsr.run(Object.values(granted), { home: own });
      assert.equal(kind, "portable");
      // Where the folder is not known, Deno cannot be asked about it.
      const unknown = jsr.cacheFolder("$HOME");
      const advice = missing === "env" ? `${flag} --allow-read=${unknown} --allow-write=${unknown}` : flag;
      assert.equal(/: add (.*)$/.exec(reason)?.[1], advice);
      assert.deepEqual(readdirSync(own), []);
    }));
  });

  it("names all permissions when none was granted, and prompts for nothing", async () => {
    const unknown = jsr.cacheFolder("$HOME");
    const advice = `add --allow-ffi --allow-env=HOME --allow-read=${unknown} --allow-write=${unknown}`;
    const { kind, reason = "" } = await jsr.run([]);
    assert.equal(kind, "portable");
    assert.ok(reason.endsWith(advice), reason);
    if (spawnSync("script", ["--version"]).status !== 0) return;
    // A terminal is what Deno prompts on: `script` is one.
    const command = `"${executable}" run --no-lock --cached-only ${jsr.netFlag()} main.ts`;
    const terminal = ["--quiet", "--return", "--command", command, "/dev/null"];
    const { status, stdout } = await jsr.start("script", terminal);
    assert.equal(status, 0, stdout);
    assert.equal(JSON.parse(stdout).reason, reason);
  });

  it("says that there is no home folder, where that is what is missing", async () => {
    await jsr.assertPortable(Object.values(jsr.permissions()), /HOME is not set to an absolute path/, {
      home: "",
    });
  });

  it("refuses a folder that somebody else planted", async () => {
    const linked = mkdtempSync(join(jsr.scratch, "home-"));
    const elsewhere = mkdtempSync(join(jsr.scratch, "elsewhere-"));
    mkdirSync(dirname(jsr.cacheFolder(linked)), { recursive: true });
    symlinkSync(elsewhere, jsr.cacheFolder(linked));
    const flags = [
      ...Object.values(jsr.permissions(linked)),
      `--allow-read=${elsewhere}`,
      `--allow-write=${elsewhere}`,
    ];
    await jsr.assertPortable(flags, /is a symbolic link/, { home: linked });
    assert.deepEqual(readdirSync(elsewhere), []);

    const open = mkdtempSync(join(jsr.scratch, "home-"));
    mkdirSync(jsr.cacheFolder(open), { recursive: true });
    chmodSync(jsr.cacheFolder(open), 0o777);
    await jsr.assertPortable(Object.values(jsr.permissions(open)), /chmod 700/, { home: open });
    assert.deepEqual(readdirSync(jsr.cacheFolder(open)), []);
  });

  it("tells whose folder it is, with no permission to ask who runs it", {
    skip: process.getuid?.() !== 0 && "only root can be somebody else",
  }, async () => {
    const user = 12345;
    const own = mkdtempSync(join(jsr.scratch, "home-"));
    const cache = "deno-of-user";
    for (const folder of [own, join(jsr.scratch, cache)]) {
      mkdirSync(folder, { recursive: true });
      chownSync(folder, user, user);
    }
    chmodSync(jsr.scratch, 0o755);
    // Where Deno is installed, that user may have no business.
    const deno = join(jsr.scratch, "deno-of-user-executable");
    copyFileSync(executable, deno);
    chmodSync(deno, 0o755);
    const { ffi, env, read, write } = jsr.permissions(own);
    const surroundings = { home: own, cache, user, deno };
    const path = await jsr.assertNative([ffi, env, read, write], surroundings);
    assert.equal(statSync(path).uid, user);
    assert.equal(await jsr.assertNative([ffi, env, read, write], surroundings), path);
    assert.equal(await jsr.assertNative([ffi, env, read, "--allow-sys=uid"], surroundings), path);
    const unknown = /cannot tell whose folder .* is: add --allow-sys=uid or --allow-write=/;
    await jsr.assertPortable([ffi, env, read], unknown, surroundings);
    // Root could open what that user changes a moment later.
    await jsr.assertPortable([ffi, env, read, write], /belongs to another user/, { home: own });
  });

  it("is written by two processes at once and is whole for both", async () => {
    const own = mkdtempSync(join(jsr.scratch, "home-"));
    const flags = Object.values(jsr.permissions(own));
    const [first, second] = await Promise.all([jsr.run(flags, { home: own }), jsr.run(flags, { home: own })]);
    assert.deepEqual([first.kind, second.kind], ["native", "native"]);
    assert.equal(first.library, second.library);
    jsr.assertLibrary(first.library ?? "");
  });

  it("is stopped by Deno when the registry gives another library than the one that was published", async () => {
    const damaged = await JsrRegistry.start(jsr.fileSet);
    try {
      damaged.damage(`/${NAME}/${denoJson().version}/engines/native/libraries/${target}.ts`);
      const own = mkdtempSync(join(jsr.scratch, "home-"));
      const flags = Object.values(jsr.permissions(own));
      const surroundings = { home: own, cache: "deno-of-damaged", from: damaged };
      const { status, stderr } = await jsr.start(
        executable,
        ["run", "--quiet", "--no-lock", ...flags, jsr.netFlag(), "main.ts"],
        surroundings,
      );
      assert.notEqual(status, 0);
      assert.match(stderr, /Integrity check failed/);
      assert.deepEqual(readdirSync(own), []);
    } finally {
      await damaged.close();
    }
  });

  it("type-checks", async () => {
    const { status, stderr } = await jsr.start(executable, ["check", "--no-lock", "main.ts"]);
    assert.equal(status, 0, stderr);
  });

  it("has every other module that it exports", async () => {
    // What they import from npm is taken from the checkout.
    const { name, imports, exports } = JSON.parse(readFileSync(join(jsr.fileSet, "deno.json"), "utf8"));
    const folder = mkdtempSync(join(jsr.scratch, "exports-"));
    const dependencies = Object.entries(imports as Record<string, string>).map(([key, specifier]) =>
      [key, specifier.slice(`npm:${key}@`.length)] as const
    );
    writeFileSync(
      join(folder, "package.json"),
      JSON.stringify({ dependencies: Object.fromEntries(dependencies) }),
    );
    writeFileSync(join(folder, "deno.json"), `{ "nodeModulesDir": "manual" }`);
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    const subpaths = Object.keys(exports).filter((subpath) => !subpath.startsWith("./native/"));
    const names = subpaths.map((subpath, index) =>
      `import * as m${index} from ${JSON.stringify(`jsr:${name}${subpath.slice(1)}`)};
       for (const member of Object.keys(m${index})) console.log(${JSON.stringify(subpath)}, member);`
    );
    const program = join(folder, "main.ts");
    writeFileSync(program, names.join("\n"));
    const { status, stdout, stderr } = await jsr.start(executable, ["run", "--no-lock", program]);
    assert.equal(status, 0, stderr);
    for (const subpath of subpaths) assert.ok(stdout.includes(`${subpath} `), subpath);
  });

  it("runs natively without a network once its modules are cached, the library's among them", async () => {
    const cache = "deno-of-offline";
    const offline = await JsrRegistry.start(jsr.fileSet);
    const own = mkdtempSync(join(jsr.scratch, "home-"));
    const surroundings = { home: own, cache, from: offline };
    try {
      const native = `jsr:${NAME}/native/${target}`;
      const { status, stderr } = await jsr.start(
        executable,
        ["cache", "--no-lock", "main.ts", native],
        surroundings,
      );
      assert.equal(status, 0, stderr);
    } finally {
      await offline.close();
    }
    await jsr.assertNative(["--cached-only", ...Object.values(jsr.permissions(own))], surroundings);
  });
});
