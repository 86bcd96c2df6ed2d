// The library as a file in the user's cache folder: written once, looked at before each use, and never taken from a
// place that somebody else could have put it in.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { after, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { toBase64 } from "../../../engines/base64.ts";
import { cachedLibrary } from "../../../engines/native/cached_library.ts";
import type { LibraryEntry } from "../../../engines/native/manifest.ts";
import { currentPlatform } from "../../../ffi/platform.ts";
import { EngineError } from "../../../core/errors.ts";
import { ownRuntime } from "../../../tasks/runtimes.ts";

const { operatingSystem } = currentPlatform();
const isWindows = operatingSystem === "windows";
const posix = { skip: isWindows && "Windows has neither these modes nor these links" };
const root = { skip: (isWindows || process.getuid?.() !== 0) && "only root can give a file away" };
const { name: runtime, executable } = ownRuntime();

const BYTES = crypto.getRandomValues(new Uint8Array(3000));
const ENTRY: LibraryEntry = {
  target: "some-target",
  file: "some-target.so",
  size: BYTES.length,
  sha256: createHash("sha256").update(BYTES).digest("hex"),
};

const VARIABLES = ["DENO_DIR", "HOME", "LOCALAPPDATA", "XDG_CACHE_HOME"];
const before = VARIABLES.map((name) => [name, process.env[name]] as const);
const scratch = mkdtempSync(join(tmpdir(), "flipt-ffi-cache-"));
let home: string;
let loads: number;

beforeEach(() => {
  home = mkdtempSync(join(scratch, "home-"));
  loads = 0;
  for (const name of VARIABLES) delete process.env[name];
  process.env[isWindows ? "LOCALAPPDATA" : "HOME"] = home;
});

after(() => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  rmSync(scratch, { recursive: true });
});

/** The folder below the home folder, by operating system. */
function cacheFolder(): string {
  return join(
    home,
    isWindows ? "" : operatingSystem === "darwin" ? "Library/Caches" : ".cache",
    "flipt-ffi-engine",
  );
}

function load(): Promise<{ readonly library: string }> {
  loads++;
  return Promise.resolve({ library: toBase64(BYTES) });
}

function find(): Promise<string> {
  return cachedLibrary(ENTRY, load);
}

/** Asserts that the file is the library, and that nothing else is left in its folder. */
function assertGood(path: string): void {
  assert.deepEqual(new Uint8Array(readFileSync(path)), BYTES);
  assert.deepEqual(readdirSync(dirname(path)), [basename(path)]);
}

async function assertRefused(...patterns: RegExp[]): Promise<void> {
  await assert.rejects(find(), (error) => {
    assert.ok(error instanceof EngineError, String(error));
    for (const pattern of patterns) assert.match(error.message, pattern);
    return true;
  });
}

test("a library is written once, and found from then on", async () => {
  const path = await find();
  assertGood(path);
  assert.equal(dirname(path), cacheFolder());
  assert.ok(basename(path).includes(ENTRY.sha256), path);
  const { mtimeMs, ino } = statSync(path);
  assert.equal(await find(), path);
  assert.equal(loads, 1);
  assert.deepEqual([statSync(path).mtimeMs, statSync(path).ino], [mtimeMs, ino]);
});

test("the file and its folder are for their user alone", posix, async () => {
  const path = await find();
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(statSync(dirname(path)).mode & 0o777, 0o700);
});

test("XDG_CACHE_HOME comes before the home folder, where there is such a variable", async () => {
  process.env["XDG_CACHE_HOME"] = join(home, "elsewhere");
  const isUsed = !isWindows && operatingSystem !== "darwin";
  assert.equal(dirname(await find()), isUsed ? join(home, "elsewhere/flipt-ffi-engine") : cacheFolder());
});

test("DENO_DIR comes first on Deno and is nothing to other runtimes", async () => {
  process.env["DENO_DIR"] = join(home, "deno");
  const expected = runtime === "deno" ? join(home, "deno", "flipt-ffi-engine") : cacheFolder();
  assert.equal(dirname(await find()), expected);
});

test("without a home folder, or with a relative one, the error says which variable to set", async () => {
  const variable = isWindows ? "LOCALAPPDATA" : "HOME";
  delete process.env[variable];
  await assertRefused(new RegExp(`${variable} is not set`), /libraryPath/);
  process.env[variable] = "relative/home";
  await assertRefused(new RegExp(`${variable} is not set`));
  assert.equal(loads, 0);
});

test("a file with other bytes is replaced", async () => {
  const path = await find();
  const tampered = BYTES.slice();
  tampered[1000] = (tampered[1000] ?? 0) ^ 1;
  for (const content of [tampered, BYTES.subarray(0, 100), new Uint8Array(0)]) {
    writeFileSync(path, content);
    assert.equal(await find(), path);
    assertGood(path);
  }
  assert.equal(loads, 4);
});

test("a file of another size is not even read", async () => {
  const path = await find();
  // More than a runtime reads into one buffer, and nothing on the disk.
  truncateSync(path, 2 ** 33);
  assert.equal(await find(), path);
  assertGood(path);
});

test("a link in the place of the file is replaced, and what it points to is left alone", posix, async () => {
  const path = await find();
  const target = join(home, "target.so");
  renameSync(path, target);
  symlinkSync(target, path);
  assert.equal(await find(), path);
  assert.equal(loads, 2);
  assertGood(path);
  assert.deepEqual(new Uint8Array(readFileSync(target)), BYTES);
});

test("a file that others may write to is replaced", posix, async () => {
  const path = await find();
  for (const mode of [0o620, 0o602]) {
    chmodSync(path, mode);
    assert.equal(await find(), path);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  }
  assert.equal(loads, 3);
});

test("a file that belongs to somebody else is replaced", root, async () => {
  const path = await find();
  chownSync(path, 12345, 12345);
  assert.equal(await find(), path);
  assert.equal(statSync(path).uid, 0);
  assert.equal(loads, 2);
});

test("a folder that is a link is refused", posix, async () => {
  const target = mkdtempSync(join(scratch, "target-"));
  mkdirSync(dirname(cacheFolder()), { recursive: true });
  symlinkSync(target, cacheFolder());
  await assertRefused(/is a symbolic link/, /remove it/);
  assert.equal(loads, 0);
  assert.deepEqual(readdirSync(target), []);
});

test("a folder that somebody else makes while the library is loaded is refused", posix, async () => {
  const target = mkdtempSync(join(scratch, "target-"));
  mkdirSync(dirname(cacheFolder()), { recursive: true });
  const library = toBase64(BYTES);
  const loading = cachedLibrary(ENTRY, () => {
    symlinkSync(target, cacheFolder());
    return Promise.resolve({ library });
  });
  await assert.rejects(loading, { name: "EngineError", message: /is a symbolic link/ });
  assert.deepEqual(readdirSync(target), []);
});

test("a folder that others may write to is refused, also when the library is in it", posix, async () => {
  await find();
  for (const mode of [0o770, 0o702, 0o1777]) {
    chmodSync(cacheFolder(), mode);
    await assertRefused(/may be written to by other users: chmod 700 /);
  }
  chmodSync(cacheFolder(), 0o755);
  await find();
  assert.equal(loads, 1);
});

test("a folder that belongs to somebody else is refused", root, async () => {
  await find();
  chownSync(cacheFolder(), 12345, 12345);
  await assertRefused(/belongs to another user/);
  assert.equal(loads, 1);
});

test("a file in the place of the folder is refused", async () => {
  mkdirSync(dirname(cacheFolder()), { recursive: true });
  writeFileSync(cacheFolder(), "");
  await assertRefused(/is not a folder/);
  assert.equal(loads, 0);
});

test("text that is not the library is an error, and nothing is written", async () => {
  const other = BYTES.slice();
  other[0] = (other[0] ?? 0) ^ 1;
  for (const library of ["", "no base64", toBase64(other), `${toBase64(BYTES)}\n`]) {
    await assert.rejects(cachedLibrary(ENTRY, () => Promise.resolve({ library })), {
      name: "EngineError",
      message: /library for some-target is damaged/,
    });
  }
  assert.equal(existsSync(cacheFolder()), false);
});

test("a module that cannot be loaded is an error with its reason", async () => {
  const cause = new Error("no route to the registry");
  await assert.rejects(cachedLibrary(ENTRY, () => Promise.reject(cause)), (error) => {
    assert.ok(error instanceof EngineError);
    assert.match(error.message, /some-target could not be loaded.*no route to the registry/);
    assert.equal(error.cause, cause);
    return true;
  });
});

test("a folder that cannot be made is an error that says so", async () => {
  writeFileSync(join(home, "file"), "");
  process.env[isWindows ? "LOCALAPPDATA" : "HOME"] = join(home, "file");
  await assertRefused(/cannot be kept in .*file/, /libraryPath/);
});

test("when the file cannot be put into its place, nothing is left behind", async () => {
  const path = await find();
  rmSync(path);
  mkdirSync(join(path, "in the way"), { recursive: true });
  await assertRefused(/cannot be kept in/);
  assert.deepEqual(readdirSync(cacheFolder()), [basename(path)]);
});

test("a file system that is full or read-only is an error, and nothing is left behind", root, async (t) => {
  const folder = join(home, ".cache");
  mkdirSync(folder);
  const mount = (...options: string[]): boolean =>
    spawnSync("mount", ["-t", "tmpfs", ...options, "tmpfs", folder]).status === 0;
  if (!mount("-o", "size=8k")) return t.skip("no file system can be mounted here");
  try {
    const size = 40_000;
    const large = new Uint8Array(size);
    const entry = { ...ENTRY, size, sha256: createHash("sha256").update(large).digest("hex") };
    await assert.rejects(cachedLibrary(entry, () => Promise.resolve({ library: toBase64(large) })), {
      name: "EngineError",
      message: /cannot be kept in .*(ENOSPC|no space|os error 28)/i,
    });
    assert.deepEqual(readdirSync(cacheFolder()), []);
    assert.equal(mount("-o", "remount,ro"), true);
    await assertRefused(/cannot be kept in/, /EROFS|read-only|os error 30/i);
  } finally {
    spawnSync("umount", [folder]);
  }
});

test("many at once all find the one file", async () => {
  const paths = await Promise.all(Array.from({ length: 20 }, find));
  assert.equal(new Set(paths).size, 1);
  assertGood(paths[0] ?? "");
});

test("a library of a megabyte arrives whole", async () => {
  const bytes = new Uint8Array(1_000_000).map((_, index) => index * 7);
  const entry = { ...ENTRY, size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
  const path = await cachedLibrary(entry, () => Promise.resolve({ library: toBase64(bytes) }));
  assert.deepEqual(new Uint8Array(readFileSync(path)), bytes);
});

test("Node under its permission model names the flags that are missing", {
  skip: runtime !== "node" && "only Node has this permission model",
}, () => {
  const sources = fileURLToPath(new URL("../../../", import.meta.url));
  const program = join(home, "program.mjs");
  writeFileSync(
    program,
    `import { cachedLibrary } from ${
      JSON.stringify(new URL("../../../engines/native/cached_library.ts", import.meta.url).href)
    };
    const entry = ${JSON.stringify(ENTRY)};
    const library = ${JSON.stringify(toBase64(BYTES))};
    cachedLibrary(entry, async () => ({ library })).then(console.log, (error) => console.log(error.name, error.message));`,
  );
  const run = (...flags: string[]): string => {
    const common = [
      "--permission",
      "--allow-ffi",
      `--allow-fs-read=${sources}`,
      `--allow-fs-read=${program}`,
    ];
    return spawnSync(executable, [...common, ...flags, program], { encoding: "utf8" }).stdout;
  };
  const folder = cacheFolder();
  assert.match(run(), /EngineError .*add --allow-fs-read=.* --allow-fs-write=/);
  const granted = [`--allow-fs-read=${folder}`, `--allow-fs-read=${folder}/*`];
  assert.match(run(...granted), /EngineError .*add --allow-fs-read=.* --allow-fs-write=/);
  const path = run(...granted, `--allow-fs-write=${folder}`, `--allow-fs-write=${folder}/*`).trim();
  assert.equal(dirname(path), folder, path);
  assertGood(path);
});
