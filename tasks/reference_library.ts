// Gets the reference library for this platform out of a wheel on PyPI into a cache outside the repository.
// Run as a task it prints the path of the library.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { inflateRawSync } from "node:zlib";
import { currentPlatform } from "../ffi/platform.ts";

const PACKAGE = "flipt-client";
const VERSION = "1.4.5";

/** The SHA-256 of the library inside the wheel, by the folder it is in. */
const SHA256: Readonly<Record<string, string>> = {
  linux_x86_64: "90a7bf07a17aebdb7e7b26956270891b09273a759e9b550bb701dd8f547d0fe8",
  linux_aarch64: "d5a158f764d5f678cafed17c8512298ee62bea25093be1b6d61906390085f09e",
  darwin_aarch64: "42b377a67e449277299fc80176889fc149f553cdb6259dbeb334318b182b7c45",
  darwin_x86_64: "a605221df96073132cf7a00754c4d41812f3043eadfd6a59b89b4a8aaedd26b4",
  windows_x86_64: "20bd60340e33aa4f9b2d8af1f7d5aaa58b6505e2c47e6dc3d0ea7a8e560a1295",
};

/**
 * Finds the reference library: the file that `FLIPT_ENGINE_PATH` names, else the one in the cache, else the one on PyPI.
 * @returns the path of the library.
 * @throws {Error} (rejects) when there is none for this platform, or it cannot be downloaded.
 */
export function referenceLibraryPath(): Promise<string> {
  return new Promise((resolve) => resolve(process.env["FLIPT_ENGINE_PATH"] || ensureReferenceLibrary()));
}

/**
 * Makes sure that the reference library is in the cache and is the one that is meant.
 * @returns the path of the library.
 * @throws {Error} when there is none for this platform, or it cannot be downloaded.
 */
export function ensureReferenceLibrary(): string {
  const { operatingSystem, architecture, libraryPrefix, librarySuffix } = currentPlatform();
  const target = `${operatingSystem}_${architecture}`;
  const sha256 = SHA256[target];
  if (sha256 === undefined) {
    throw new Error(
      `${PACKAGE} ${VERSION} has no library for ${target}: only for ${Object.keys(SHA256).join(", ")}`,
    );
  }
  const folder = join(cacheFolder(), "flipt-ffi", "reference", VERSION, target);
  const fileName = `${libraryPrefix}fliptengine${librarySuffix}`;
  const path = join(folder, fileName);
  if (existsSync(path) && hashOf(readFileSync(path)) === sha256) return path;

  mkdirSync(folder, { recursive: true });
  // Beside the final place, so that the rename is atomic and others see a whole file or none.
  const temporary = mkdtempSync(join(folder, "download-"));
  try {
    const member = `ext/${target}/${fileName}`;
    const library = unzip(readFileSync(downloadWheel(temporary)), member);
    const actual = hashOf(library);
    if (actual !== sha256) throw new Error(`${member} of the wheel has the SHA-256 ${actual}, not ${sha256}`);
    const unpacked = join(temporary, fileName);
    writeFileSync(unpacked, library);
    renameSync(unpacked, path);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return path;
}

function cacheFolder(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (XDG_CACHE_HOME) return XDG_CACHE_HOME;
  if (process.platform === "win32" && LOCALAPPDATA) return LOCALAPPDATA;
  return join(homedir(), ".cache");
}

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Downloads the wheel with the first Python that has pip; the wheel is the same file for all platforms. */
function downloadWheel(folder: string): string {
  const command = [
    "-m",
    "pip",
    "download",
    "--quiet",
    "--disable-pip-version-check",
    "--no-deps",
    "--dest",
    folder,
  ];
  const problems: string[] = [];
  for (const python of process.platform === "win32" ? ["py", "python"] : ["python3", "python"]) {
    const { error, status, stderr } = spawnSync(python, [...command, `${PACKAGE}==${VERSION}`], {
      encoding: "utf8",
    });
    const wheel = readdirSync(folder).find((name) => name.endsWith(".whl"));
    if (status === 0 && wheel !== undefined) return join(folder, wheel);
    problems.push(`${python}: ${error?.message ?? stderr.trim()}`);
  }
  throw new Error(
    `the reference library comes by "pip download ${PACKAGE}==${VERSION}", which needs Python with pip and access to ` +
      `PyPI; or set FLIPT_ENGINE_PATH to a library that is there (${problems.join("; ")})`,
  );
}

/** The content of one member of a zip archive without ZIP64 and encryption, which is what wheels are. */
function unzip(archive: Uint8Array, member: string): Uint8Array {
  const zip = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  let end = zip.byteLength - 22;
  while (end >= 0 && zip.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0) throw new Error("the wheel is not a zip archive");
  let entry = zip.getUint32(end + 16, true);
  for (let left = zip.getUint16(end + 10, true); left > 0; left--) {
    const nameLength = zip.getUint16(entry + 28, true);
    const name = new TextDecoder().decode(archive.subarray(entry + 46, entry + 46 + nameLength));
    if (name === member) {
      const local = zip.getUint32(entry + 42, true);
      const start = local + 30 + zip.getUint16(local + 26, true) + zip.getUint16(local + 28, true);
      const content = archive.subarray(start, start + zip.getUint32(entry + 20, true));
      return zip.getUint16(entry + 10, true) === 0 ? content : inflateRawSync(content);
    }
    entry += 46 + nameLength + zip.getUint16(entry + 30, true) + zip.getUint16(entry + 32, true);
  }
  throw new Error(`the wheel has no ${member}`);
}

if (import.meta.main) {
  referenceLibraryPath().then(console.log, (error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
