// Which library of a package is for a platform, and that nothing else than exactly that file is opened.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { filePath } from "../../../engines/native/file_path.ts";
import { nativeLibraryPath, packagedLibraryPath } from "../../../engines/native/library_path.ts";
import {
  type LibraryEntry,
  libraryFor,
  type Manifest,
  type Packaged,
  platformName,
  targetOf,
  targets,
} from "../../../engines/native/manifest.ts";
import { packaged } from "../../../engines/native/packaged.ts";
import { currentPlatform, type Platform } from "../../../ffi/platform.ts";
import { EngineError } from "../../../core/errors.ts";

function platform(operatingSystem: string, architecture: string, libc: Platform["libc"] = ""): Platform {
  return { operatingSystem, architecture, libc, libraryPrefix: "lib", librarySuffix: ".so" };
}

const PLATFORMS: readonly [Platform, string | undefined][] = [
  [platform("linux", "x86_64", "gnu"), "x86_64-unknown-linux-gnu"],
  [platform("linux", "aarch64", "gnu"), "aarch64-unknown-linux-gnu"],
  [platform("linux", "x86_64", "musl"), "x86_64-unknown-linux-musl"],
  [platform("linux", "aarch64", "musl"), "aarch64-unknown-linux-musl"],
  [platform("darwin", "x86_64"), "x86_64-apple-darwin"],
  [platform("darwin", "aarch64"), "aarch64-apple-darwin"],
  [platform("windows", "x86_64"), "x86_64-pc-windows-gnu"],
  [platform("windows", "aarch64"), undefined],
  [platform("linux", "riscv64", "gnu"), undefined],
  [platform("android", "aarch64"), undefined],
  [platform("freebsd", "x86_64"), undefined],
  [platform("", ""), undefined],
];

const BYTES = new TextEncoder().encode("a library, as far as its manifest can tell");
const LINUX = platform("linux", "x86_64", "gnu");
const WHOLE: LibraryEntry = {
  target: "x86_64-unknown-linux-gnu",
  file: "x86_64-unknown-linux-gnu.so",
  size: BYTES.length,
  sha256: createHash("sha256").update(BYTES).digest("hex"),
};

function manifestOf(...libraries: LibraryEntry[]): Manifest {
  return { abiVersion: 1, version: "0.0.0", libraries };
}

describe("the library for a platform", () => {
  const all = manifestOf(...targets.map((target) => ({ ...WHOLE, target, file: target })));
  for (const [from, target] of PLATFORMS) {
    it(`${platformName(from)}: ${target ?? "none"}`, () => {
      assert.equal(targetOf(from), target);
      assert.equal(libraryFor(all, from)?.file, target);
    });
  }

  it("is one of each target that there is", () => {
    const found = PLATFORMS.flatMap(([from]) => targetOf(from) ?? []);
    assert.deepEqual(found.toSorted(), targets.toSorted());
  });

  it("is none where the manifest leaves the target out", () => {
    assert.equal(libraryFor(manifestOf(), LINUX), undefined);
  });
});

describe("a checkout", () => {
  it("has no libraries but the one that is built for this machine", async () => {
    assert.equal(packaged, undefined);
    assert.match(await nativeLibraryPath(), /target[/\\]release[/\\]\w*flipt_ffi_engine\.\w+$/);
  });
});

describe("a library in the package's folder", () => {
  let root = "";
  let folder = "";
  let from: Packaged = { manifest: manifestOf(WHOLE) };
  const skip = currentPlatform().operatingSystem === "windows" ? "paths of Linux are asked for" : false;

  before(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), "flipt-ffi-manifest-")));
    folder = join(root, "with a space, ü and 100%");
    mkdirSync(folder);
    from = { manifest: manifestOf(WHOLE), folder: `${pathToFileURL(folder).href}/` };
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  function put(bytes: Uint8Array): string {
    const path = join(folder, WHOLE.file);
    writeFileSync(path, bytes);
    return path;
  }

  it("is given when it is the one that the manifest means", { skip }, async () => {
    const path = put(BYTES);
    assert.equal(await packagedLibraryPath(from, LINUX), path);
  });

  it("is refused when it is longer", { skip }, async () => {
    put(new Uint8Array([...BYTES, 0]));
    await refuses(from, /is not the one that belongs to this package .* install the package again$/);
  });

  it("is refused when one byte is another", { skip }, async () => {
    const path = put(BYTES.with(7, 0));
    await refuses(from, path);
  });

  it("is asked for by name when it is missing", { skip }, async () => {
    rmSync(join(folder, WHOLE.file), { force: true });
    await refuses(
      from,
      /^cannot read the library .*: install the package again or, where it is bundled, .*ENOENT/,
    );
  });

  it("takes no permission that Deno would prompt for", {
    skip: skip || (process.versions["deno"] === undefined ? "Node and Bun have no such permission" : false),
  }, () => {
    put(BYTES);
    const program = join(root, "program.ts");
    const module = new URL("../../../engines/native/library_path.ts", import.meta.url).href;
    writeFileSync(
      program,
      `import { packagedLibraryPath } from ${JSON.stringify(module)};
       packagedLibraryPath(${JSON.stringify(from)}, ${JSON.stringify(LINUX)})
         .then(console.log, (error) => console.log(error.name, error.message));`,
    );
    const run = (...flags: string[]): string =>
      spawnSync(process.execPath, ["run", "--no-check", "--no-config", ...flags, program], {
        encoding: "utf8",
      })
        .stdout.trim();
    const refused = `EngineError Deno may not read the library ${join(folder, WHOLE.file)}, ` +
      "which is checked before it is opened: add";
    assert.equal(run("--allow-ffi"), `${refused} "--allow-read=${folder}"`);
    // Without any flag, node:child_process would pass this process's permissions on.
    assert.equal(run("--allow-env=UNUSED"), `${refused} --allow-ffi "--allow-read=${folder}"`);
    // A comma ends a path in that flag, so the folder above it stands for this one.
    assert.equal(run("--allow-ffi", `--allow-read=${root}`), join(folder, WHOLE.file));
  });
});

describe("a package without a library for this platform", () => {
  it("says for which ones it has one", async () => {
    await refuses(
      { manifest: manifestOf(WHOLE), folder: "file:///nowhere/" },
      "there is no native library for linux riscv64 gnu, only for x86_64-unknown-linux-gnu: " +
        "use the portable engine or give libraryPath",
      platform("linux", "riscv64", "gnu"),
    );
    await refuses({ manifest: manifestOf(), folder: "file:///nowhere/" }, /only for none/);
  });

  it("says so where the manifest names it, but no module has it", async () => {
    await refuses({ manifest: manifestOf(WHOLE), modules: {} }, /no native library for linux x86_64 gnu/);
    await refuses({ manifest: manifestOf(WHOLE) }, /no native library for linux x86_64 gnu/);
  });
});

describe("a bundle", () => {
  it("that does not know where it is asks for a path", async () => {
    await refuses({ manifest: manifestOf(WHOLE), folder: "" }, /give libraryPath$/);
  });

  it("that came over the network asks for a path", async () => {
    await refuses(
      { manifest: manifestOf(WHOLE), folder: "https://example.com/libraries/" },
      /as a file, not as an https: URL: give libraryPath/,
    );
  });
});

describe("a file: URL", () => {
  it("is a path of its system", () => {
    const cases: readonly [string, string, string][] = [
      ["file:///opt/a%20b/%C3%BC.so", "linux", "/opt/a b/ü.so"],
      ["file:///C:/Program%20Files/a.dll", "windows", "C:\\Program Files\\a.dll"],
      ["file://server/share/a.dll", "windows", "\\\\server\\share\\a.dll"],
    ];
    for (const [url, system, path] of cases) assert.equal(filePath(new URL(url), system), path);
  });
});

async function refuses(from: Packaged, message: string | RegExp, asked: Platform = LINUX): Promise<void> {
  await assert.rejects(packagedLibraryPath(from, asked), (error: unknown) => {
    assert.ok(error instanceof EngineError);
    if (message instanceof RegExp) assert.match(error.message, message);
    else assert.ok(error.message.includes(message), error.message);
    return true;
  });
}
