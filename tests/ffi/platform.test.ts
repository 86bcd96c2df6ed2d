// How a platform is told from what each runtime says of itself, as plain data.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import process from "node:process";
import { currentPlatform, type Platform, platformOf } from "../../ffi/platform.ts";
import type { NodeProcess, NodeReport } from "../../ffi/runtime.ts";

const GNU = "\x7fELF…/lib64/ld-linux-x86-64.so.2\0";
const GNU_ARM64 = "\x7fELF…/lib/ld-linux-aarch64.so.1\0";
const NIXOS = "\x7fELF…/nix/store/abc-glibc-2.40/lib/ld-linux-x86-64.so.2\0";
const MUSL = "\x7fELF…/lib/ld-musl-x86_64.so.1\0";
const STATIC = "\x7fELF…";

/** What a process says of itself. */
interface Said {
  readonly platform: string;
  readonly arch: string;
  /** The start of its executable; it cannot be read when this is absent. */
  readonly executable?: string;
  readonly report?: NodeReport;
  /** Whether the runtime has no way to a module but `import`. */
  readonly isOld?: boolean;
}

function nodeSays({ platform, arch, executable, report, isOld }: Said): NodeProcess {
  const fs = {
    openSync(path: string): number {
      if (path !== "/proc/self/exe" || executable === undefined) throw new Error("ERR_ACCESS_DENIED");
      return 3;
    },
    readSync: (_file: number, into: Uint8Array): number =>
      new TextEncoder().encodeInto(executable ?? "", into).written,
    closeSync: (): void => {},
  };
  const getBuiltinModule = isOld ? undefined : (name: string): unknown => name === "node:fs" ? fs : undefined;
  return { platform, arch, report, getBuiltinModule, versions: {}, env: {}, emitWarning: () => {} };
}

function reporting(header: { glibcVersionRuntime?: string } | undefined): NodeReport {
  return { excludeNetwork: false, getReport: () => ({ header }) };
}

function words({ operatingSystem, architecture, libc, libraryPrefix, librarySuffix }: Platform): string {
  return `${operatingSystem} ${architecture} ${libc || "-"} ${libraryPrefix}NAME${librarySuffix}`;
}

describe("Deno tells its platform by what it was built for", () => {
  const builds: readonly [{ os: string; arch: string; target?: string }, string][] = [
    [{ os: "linux", arch: "x86_64", target: "x86_64-unknown-linux-gnu" }, "linux x86_64 gnu libNAME.so"],
    [{ os: "linux", arch: "aarch64", target: "aarch64-unknown-linux-gnu" }, "linux aarch64 gnu libNAME.so"],
    [{ os: "linux", arch: "x86_64", target: "x86_64-unknown-linux-musl" }, "linux x86_64 musl libNAME.so"],
    [{ os: "linux", arch: "aarch64", target: "aarch64-alpine-linux-musl" }, "linux aarch64 musl libNAME.so"],
    [{ os: "linux", arch: "x86_64" }, "linux x86_64 gnu libNAME.so"],
    [{ os: "darwin", arch: "aarch64", target: "aarch64-apple-darwin" }, "darwin aarch64 - libNAME.dylib"],
    [{ os: "darwin", arch: "x86_64", target: "x86_64-apple-darwin" }, "darwin x86_64 - libNAME.dylib"],
    [{ os: "windows", arch: "x86_64", target: "x86_64-pc-windows-msvc" }, "windows x86_64 - NAME.dll"],
    [{ os: "freebsd", arch: "x86_64", target: "x86_64-unknown-freebsd" }, "freebsd x86_64 - libNAME.so"],
  ];
  for (const [build, expected] of builds) {
    it(`${build.target ?? "an unknown build"} is ${expected}`, () => {
      assert.equal(words(platformOf({ deno: { build } })), expected);
    });
  }

  it("and never looks at its files or report, which would take permissions", () => {
    const process = nodeSays({ platform: "linux", arch: "x64", executable: MUSL });
    const forbidden = new Proxy(process, {
      get: (of, name) =>
        name === "platform" || name === "arch" ? of[name] : assert.fail(`asked for ${String(name)}`),
    });
    const build = { os: "linux", arch: "x86_64", target: "x86_64-unknown-linux-gnu" };
    assert.equal(platformOf({ deno: { build }, process: forbidden }).libc, "gnu");
  });
});

describe("Node and Bun tell their platform", () => {
  const glibc = reporting({ glibcVersionRuntime: "2.36" });
  const cases: readonly [string, Said, string][] = [
    ["glibc", { platform: "linux", arch: "x64", executable: GNU }, "linux x86_64 gnu libNAME.so"],
    ["glibc on arm64", {
      platform: "linux",
      arch: "arm64",
      executable: GNU_ARM64,
    }, "linux aarch64 gnu libNAME.so"],
    ["glibc at another place", {
      platform: "linux",
      arch: "x64",
      executable: NIXOS,
    }, "linux x86_64 gnu libNAME.so"],
    ["musl", { platform: "linux", arch: "x64", executable: MUSL }, "linux x86_64 musl libNAME.so"],
    ["musl, whatever the report says", {
      platform: "linux",
      arch: "x64",
      executable: MUSL,
      report: glibc,
    }, "linux x86_64 musl libNAME.so"],
    ["glibc by the report", {
      platform: "linux",
      arch: "x64",
      report: glibc,
    }, "linux x86_64 gnu libNAME.so"],
    ["musl by the report", {
      platform: "linux",
      arch: "arm64",
      report: reporting({}),
    }, "linux aarch64 musl libNAME.so"],
    ["musl by the report, of a static executable", {
      platform: "linux",
      arch: "x64",
      executable: STATIC,
      report: reporting({}),
    }, "linux x86_64 musl libNAME.so"],
    ["musl by the report, without another way to modules", {
      platform: "linux",
      arch: "x64",
      executable: GNU,
      report: reporting({}),
      isOld: true,
    }, "linux x86_64 musl libNAME.so"],
    ["glibc for want of a report", {
      platform: "linux",
      arch: "x64",
      report: reporting(undefined),
    }, "linux x86_64 gnu libNAME.so"],
    ["glibc where nothing tells", { platform: "linux", arch: "x64" }, "linux x86_64 gnu libNAME.so"],
    ["another processor", {
      platform: "linux",
      arch: "riscv64",
      executable: GNU,
    }, "linux riscv64 gnu libNAME.so"],
    ["macOS", { platform: "darwin", arch: "arm64" }, "darwin aarch64 - libNAME.dylib"],
    ["macOS on Intel", { platform: "darwin", arch: "x64" }, "darwin x86_64 - libNAME.dylib"],
    ["Windows", { platform: "win32", arch: "x64" }, "windows x86_64 - NAME.dll"],
    ["Windows on arm64", { platform: "win32", arch: "arm64" }, "windows aarch64 - NAME.dll"],
    ["Android", { platform: "android", arch: "arm64" }, "android aarch64 - libNAME.so"],
  ];
  for (const [name, said, expected] of cases) {
    it(name, () => assert.equal(words(platformOf({ process: nodeSays(said) })), expected));
  }

  it("without looking up the peers of the process, and leave the report's option as it was", () => {
    const during: unknown[] = [];
    const report: NodeReport = {
      excludeNetwork: false,
      getReport() {
        during.push(report.excludeNetwork);
        return { header: {} };
      },
    };
    assert.equal(platformOf({ process: nodeSays({ platform: "linux", arch: "x64", report }) }).libc, "musl");
    assert.deepEqual([during, report.excludeNetwork], [[true], false]);
  });

  it("as glibc when the report fails", () => {
    const report: NodeReport = {
      getReport() {
        throw new Error("no report");
      },
    };
    assert.equal(platformOf({ process: nodeSays({ platform: "linux", arch: "x64", report }) }).libc, "gnu");
  });
});

describe("the platform of this process", () => {
  it("is found once", () => assert.equal(currentPlatform(), currentPlatform()));

  it("has a C library on Linux only", () => {
    const { libc, operatingSystem } = currentPlatform();
    if (operatingSystem === "linux") assert.match(libc, /^(gnu|musl)$/);
    else assert.equal(libc, "");
  });

  it("has the C library of the report", {
    skip: process.platform !== "linux" || process.versions["deno"] !== undefined,
  }, () => {
    const { header } = process.report.getReport() as unknown as {
      header: { glibcVersionRuntime?: string };
    };
    assert.equal(currentPlatform().libc, header.glibcVersionRuntime === undefined ? "musl" : "gnu");
  });
});

describe("a runtime that tells nothing", () => {
  it("has a platform without names", () => {
    assert.equal(words(platformOf({})), "  - libNAME.so");
  });
});
