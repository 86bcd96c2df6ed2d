// The package as JSR has it: programs on Deno that import it from a registry on the loopback interface, with no more
// permissions than they were given.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, sep } from "node:path";
import process from "node:process";
import { after, before, describe, it, test } from "node:test";
import { pathToFileURL } from "node:url";
import { type LibraryEntry, targetOf } from "../../engines/native/manifest.ts";
import { ABI_VERSION } from "../../engines/native/symbols.ts";
import { currentPlatform } from "../../ffi/platform.ts";
import { ensureEngine } from "../../tasks/build_engine.ts";
import { writeFileSet } from "../../tasks/jsr/build.ts";
import { denoJson, publishedFiles } from "../../tasks/jsr/sources.ts";
import { ROOT } from "../../tasks/npm/entries.ts";
import { ownRuntime } from "../../tasks/runtimes.ts";
import { JsrRegistry } from "../support/jsr_registry.ts";
import { shopDocument } from "../support/runtime.ts";
import { FliptServer } from "../support/server.ts";

const { name: runtime, executable } = ownRuntime();
const { operatingSystem, librarySuffix } = currentPlatform();
const target = targetOf(currentPlatform());
const library = runtime === "deno" ? ensureEngine() : undefined;
const skip = runtime !== "deno"
  ? "only Deno imports from JSR"
  : operatingSystem === "windows"
  ? "the permissions of files are POSIX's"
  : (library === undefined || target === undefined) && "the native engine could not be built (no cargo?)";

/** A target that is not this machine's, whose module nobody may ask for. */
const FOREIGN = target === "aarch64-apple-darwin" ? "x86_64-apple-darwin" : "aarch64-apple-darwin";
const NAME = "@flipt-ffi/client";

/** What a program prints. */
interface Outcome {
  readonly kind: string;
  readonly library?: string;
  readonly reason?: string;
  readonly variant: string;
}

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
  const scratch = mkdtempSync(join(tmpdir(), "flipt-ffi-jsr-"));
  const fileSet = join(scratch, "package");
  const home = join(scratch, "home");
  let registry: JsrRegistry;
  let server: FliptServer;

  before(async () => {
    const bytes = readFileSync(library ?? "");
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const entries = [target ?? "", FOREIGN].map((name): LibraryEntry => ({
      target: name,
      file: `${name}${librarySuffix}`,
      size: bytes.length,
      sha256,
    }));
    const { version } = denoJson();
    await writeFileSet(fileSet, {
      manifest: { abiVersion: ABI_VERSION, version, libraries: entries },
      files: entries.map(({ file }) => ({ name: file, path: library ?? "" })),
      isComplete: true,
    });
    registry = await JsrRegistry.start(fileSet);
    server = await FliptServer.start();
    server.setDocument("shop", shopDocument());
    writeFileSync(join(scratch, "deno.json"), "{}");
    writeFileSync(
      join(scratch, "main.ts"),
      `import { FliptClient } from "jsr:${NAME}";

const url = ${JSON.stringify(server.url)};
const client = await FliptClient.init({ url, namespace: "shop" });
const { variantKey: variant } = client.evaluateVariant("banner", "user-1");
console.log(JSON.stringify({ ...client.engine, variant }));
client.close();
`,
    );
  });

  after(async () => {
    await registry.close();
    await server.close();
    rmSync(scratch, { recursive: true });
  });

  /** The folder that the library is kept in. */
  function cacheFolder(homeFolder: string = home): string {
    return join(homeFolder, operatingSystem === "darwin" ? "Library/Caches" : ".cache", "flipt-ffi-engine");
  }

  /** The permissions that the native engine needs, by name. */
  function permissions(homeFolder: string = home): Record<"ffi" | "env" | "read" | "write", string> {
    const folder = cacheFolder(homeFolder);
    return {
      ffi: "--allow-ffi",
      env: "--allow-env=HOME",
      read: `--allow-read=${folder}`,
      write: `--allow-write=${folder}`,
    };
  }

  /** Where things are for a process. */
  interface Surroundings {
    readonly home?: string;
    /** Deno's own cache. */
    readonly cache?: string;
    readonly from?: JsrRegistry;
    /** The id of the user that runs the process. @default this one's */
    readonly user?: number;
    /** The executable of Deno. @default that of these tests */
    readonly deno?: string;
  }

  /** Starts a program in the scratch folder and waits for its end; the registry and the server go on meanwhile. */
  function start(
    command: string,
    parameters: readonly string[],
    { home: homeFolder = home, cache = "deno", from = registry, user }: Surroundings = {},
  ): Promise<{ status: number | null; stdout: string; stderr: string }> {
    const env = {
      PATH: process.env["PATH"],
      HOME: homeFolder,
      DENO_DIR: join(scratch, cache),
      JSR_URL: from.url,
      NO_COLOR: "1",
    };
    return new Promise((resolve, reject) => {
      const child = spawn(command, parameters, {
        cwd: scratch,
        env,
        stdio: ["ignore", "pipe", "pipe"],
        ...(user === undefined ? {} : { uid: user, gid: user }),
      });
      let stdout = "";
      let stderr = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => stdout += text);
      child.stderr.setEncoding("utf8").on("data", (text: string) => stderr += text);
      child.on("error", reject);
      child.on("close", (status) => resolve({ status, stdout, stderr }));
    });
  }

  function netFlag(): string {
    return `--allow-net=${new URL(server.url).host}`;
  }

  /** Runs the program with these flags. */
  async function run(flags: readonly string[], surroundings: Surroundings = {}): Promise<Outcome> {
    const parameters = ["run", "--quiet", "--no-lock", netFlag(), ...flags, "main.ts"];
    const { status, stdout, stderr } = await start(surroundings.deno ?? executable, parameters, surroundings);
    assert.equal(status, 0, stderr);
    const outcome = JSON.parse(stdout) as Outcome;
    assert.equal(outcome.variant, "winter");
    return outcome;
  }

  async function assertNative(flags: readonly string[], surroundings: Surroundings = {}): Promise<string> {
    const { kind, reason, library: path = "" } = await run(flags, surroundings);
    assert.deepEqual({ kind, reason }, { kind: "native", reason: undefined });
    assertLibrary(path);
    return path;
  }

  async function assertPortable(
    flags: readonly string[],
    reason: RegExp,
    surroundings: Surroundings = {},
  ): Promise<void> {
    const outcome = await run(flags, surroundings);
    assert.equal(outcome.kind, "portable");
    assert.match(outcome.reason ?? "", reason);
  }

  /** Asserts that the file is the library, and that nothing else is left in its folder. */
  function assertLibrary(path: string): void {
    assert.deepEqual(readFileSync(path), readFileSync(library ?? ""));
    assert.equal(readdirSync(dirname(path)).length, 1);
  }

  function modulesAskedFor(): string[] {
    return registry.requests.filter((path) => path.includes("/engines/native/libraries/"));
  }

  it("is what deno publish takes, without a slow type", () => {
    const files = readdirSync(fileSet, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(fileSet, join(entry.parentPath, entry.name)).replaceAll(sep, "/"));
    assert.deepEqual(publishedFrom(fileSet), files.sort());
  });

  it("runs natively at its first start, for which one library is fetched: this platform's", async () => {
    const path = await assertNative(Object.values(permissions()));
    assert.equal(dirname(path), cacheFolder());
    const version = denoJson().version;
    assert.deepEqual(modulesAskedFor(), [
      `/${NAME}/${version}/engines/native/libraries/${target}.ts`,
    ]);
  });

  it("asks the registry for nothing at its next start", async () => {
    registry.requests.length = 0;
    await assertNative(Object.values(permissions()));
    assert.deepEqual(registry.requests, []);
  });

  it("needs no permission to write once the library is there, if it may ask who runs it", async () => {
    const { ffi, env, read } = permissions();
    await assertNative([ffi, env, read, "--allow-sys=uid"]);
  });

  it("takes the folder that DENO_DIR names, where it may read that", async () => {
    const folder = join(scratch, "deno", "flipt-ffi-engine");
    const flags = [
      "--allow-ffi",
      "--allow-env=DENO_DIR,HOME",
      `--allow-read=${folder}`,
      `--allow-write=${folder}`,
    ];
    assert.equal(dirname(await assertNative(flags)), folder);
  });

  it("replaces a library that was tampered with, and never opens it", async () => {
    const path = await assertNative(Object.values(permissions()));
    const tampered = readFileSync(path);
    tampered.fill(0, 0, 64);
    writeFileSync(path, tampered);
    assert.equal(await assertNative(Object.values(permissions())), path);
  });

  it("runs portable when a permission is missing, and names what is missing", async () => {
    await Promise.all((["ffi", "env", "read", "write"] as const).map(async (missing) => {
      // A home of its own, or the library would be there.
      const own = mkdtempSync(join(scratch, "home-"));
      const { [missing]: flag, ...granted } = permissions(own);
      const { kind, reason = "" } = await run(Object.values(granted), { home: own });
      assert.equal(kind, "portable");
      // Where the folder is not known, Deno cannot be asked about it.
      const unknown = cacheFolder("$HOME");
      const advice = missing === "env" ? `${flag} --allow-read=${unknown} --allow-write=${unknown}` : flag;
      assert.equal(/: add (.*)$/.exec(reason)?.[1], advice);
      assert.deepEqual(readdirSync(own), []);
    }));
  });

  it("names all permissions when none was granted, and prompts for nothing", async () => {
    const unknown = cacheFolder("$HOME");
    const advice = `add --allow-ffi --allow-env=HOME --allow-read=${unknown} --allow-write=${unknown}`;
    const { kind, reason = "" } = await run([]);
    assert.equal(kind, "portable");
    assert.ok(reason.endsWith(advice), reason);
    if (spawnSync("script", ["--version"]).status !== 0) return;
    // A terminal is what Deno prompts on: `script` is one.
    const command = `"${executable}" run --no-lock --cached-only ${netFlag()} main.ts`;
    const terminal = ["--quiet", "--return", "--command", command, "/dev/null"];
    const { status, stdout } = await start("script", terminal);
    assert.equal(status, 0, stdout);
    assert.equal(JSON.parse(stdout).reason, reason);
  });

  it("says that there is no home folder, where that is what is missing", async () => {
    await assertPortable(Object.values(permissions()), /HOME is not set to an absolute path/, { home: "" });
  });

  it("refuses a folder that somebody else planted", async () => {
    const linked = mkdtempSync(join(scratch, "home-"));
    const elsewhere = mkdtempSync(join(scratch, "elsewhere-"));
    mkdirSync(dirname(cacheFolder(linked)), { recursive: true });
    symlinkSync(elsewhere, cacheFolder(linked));
    const flags = [
      ...Object.values(permissions(linked)),
      `--allow-read=${elsewhere}`,
      `--allow-write=${elsewhere}`,
    ];
    await assertPortable(flags, /is a symbolic link/, { home: linked });
    assert.deepEqual(readdirSync(elsewhere), []);

    const open = mkdtempSync(join(scratch, "home-"));
    mkdirSync(cacheFolder(open), { recursive: true });
    chmodSync(cacheFolder(open), 0o777);
    await assertPortable(Object.values(permissions(open)), /chmod 700/, { home: open });
    assert.deepEqual(readdirSync(cacheFolder(open)), []);
  });

  it("tells whose folder it is, with no permission to ask who runs it", {
    skip: process.getuid?.() !== 0 && "only root can be somebody else",
  }, async () => {
    const user = 12345;
    const own = mkdtempSync(join(scratch, "home-"));
    const cache = "deno-of-user";
    for (const folder of [own, join(scratch, cache)]) {
      mkdirSync(folder, { recursive: true });
      chownSync(folder, user, user);
    }
    chmodSync(scratch, 0o755);
    // Where Deno is installed, that user may have no business.
    const deno = join(scratch, "deno-of-user-executable");
    copyFileSync(executable, deno);
    chmodSync(deno, 0o755);
    const { ffi, env, read, write } = permissions(own);
    const surroundings = { home: own, cache, user, deno };
    const path = await assertNative([ffi, env, read, write], surroundings);
    assert.equal(statSync(path).uid, user);
    assert.equal(await assertNative([ffi, env, read, write], surroundings), path);
    assert.equal(await assertNative([ffi, env, read, "--allow-sys=uid"], surroundings), path);
    const unknown = /cannot tell whose folder .* is: add --allow-sys=uid or --allow-write=/;
    await assertPortable([ffi, env, read], unknown, surroundings);
    // Root could open what that user changes a moment later.
    await assertPortable([ffi, env, read, write], /belongs to another user/, { home: own });
  });

  it("is written by two processes at once and is whole for both", async () => {
    const own = mkdtempSync(join(scratch, "home-"));
    const flags = Object.values(permissions(own));
    const [first, second] = await Promise.all([run(flags, { home: own }), run(flags, { home: own })]);
    assert.deepEqual([first.kind, second.kind], ["native", "native"]);
    assert.equal(first.library, second.library);
    assertLibrary(first.library ?? "");
  });

  it("is stopped by Deno when the registry gives another library than the one that was published", async () => {
    const damaged = await JsrRegistry.start(fileSet);
    try {
      damaged.damage(`/${NAME}/${denoJson().version}/engines/native/libraries/${target}.ts`);
      const own = mkdtempSync(join(scratch, "home-"));
      const flags = Object.values(permissions(own));
      const surroundings = { home: own, cache: "deno-of-damaged", from: damaged };
      const { status, stderr } = await start(
        executable,
        ["run", "--quiet", "--no-lock", ...flags, netFlag(), "main.ts"],
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
    const { status, stderr } = await start(executable, ["check", "--no-lock", "main.ts"]);
    assert.equal(status, 0, stderr);
  });

  it("has every other module that it exports", async () => {
    // What they import from npm is taken from the checkout.
    const { name, imports, exports } = JSON.parse(readFileSync(join(fileSet, "deno.json"), "utf8"));
    const folder = mkdtempSync(join(scratch, "exports-"));
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
    const { status, stdout, stderr } = await start(executable, ["run", "--no-lock", program]);
    assert.equal(status, 0, stderr);
    for (const subpath of subpaths) assert.ok(stdout.includes(`${subpath} `), subpath);
  });

  it("runs natively without a network once its modules are cached, the library's among them", async () => {
    const cache = "deno-of-offline";
    const offline = await JsrRegistry.start(fileSet);
    const own = mkdtempSync(join(scratch, "home-"));
    const surroundings = { home: own, cache, from: offline };
    try {
      const native = `jsr:${NAME}/native/${target}`;
      const { status, stderr } = await start(
        executable,
        ["cache", "--no-lock", "main.ts", native],
        surroundings,
      );
      assert.equal(status, 0, stderr);
    } finally {
      await offline.close();
    }
    await assertNative(["--cached-only", ...Object.values(permissions(own))], surroundings);
  });
});
