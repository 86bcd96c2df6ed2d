// Installs the reference library for this platform from the wheel of `flipt-client` on PyPI into the user's cache.

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
import type { ReferenceLibraryPlace } from "../engines/flipt_engine_ffi/installed_library.ts";
import { REFERENCE_VERSION, referenceLibraryPlace } from "../engines/flipt_engine_ffi/installed_library.ts";
import { FliptError } from "../core/errors.ts";
import { cacheFolderOf, type Variables } from "../ffi/cache_folder.ts";
import { cliMessage, isMissing, NotFoundError } from "./errors.ts";
import { zipMember } from "./zip.ts";

/** The PyPI requirement whose wheel contains the library. */
export const REFERENCE_PACKAGE: string = `flipt-client==${REFERENCE_VERSION}`;

/** The SHA-256 of the library by platform, named as the wheel's folder for it. */
export const REFERENCE_HASHES: Readonly<Record<string, string>> = {
  linux_x86_64: "90a7bf07a17aebdb7e7b26956270891b09273a759e9b550bb701dd8f547d0fe8",
  linux_aarch64: "d5a158f764d5f678cafed17c8512298ee62bea25093be1b6d61906390085f09e",
  darwin_aarch64: "42b377a67e449277299fc80176889fc149f553cdb6259dbeb334318b182b7c45",
  darwin_x86_64: "a605221df96073132cf7a00754c4d41812f3043eadfd6a59b89b4a8aaedd26b4",
  windows_x86_64: "20bd60340e33aa4f9b2d8af1f7d5aaa58b6505e2c47e6dc3d0ea7a8e560a1295",
};

/** The installed library. */
export interface InstalledLibrary {
  /** Its path. */
  readonly path: string;
  /** Its verified SHA-256. */
  readonly sha256: string;
  /** Whether it was already installed. */
  readonly wasThere: boolean;
}

/**
 * Makes sure that the reference library is in the user's cache, with the expected SHA-256.
 * @param wheel The path of the wheel. @default downloaded with pip
 * @throws {FliptError} when there is no library for this platform, the download fails, or the SHA-256 differs.
 */
export function installReferenceLibrary(
  wheel?: string,
  variables: Variables = process.env,
): InstalledLibrary {
  const cache = cacheFolderOf({ ...variables, HOME: variables["HOME"] || homedir() });
  const place = referenceLibraryPlace(cache.path);
  const { target, fileName, folder } = place;
  const sha256 = REFERENCE_HASHES[target];
  if (sha256 === undefined) {
    const available = Object.keys(REFERENCE_HASHES).join(", ");
    throw new FliptError(`${REFERENCE_PACKAGE} has no library for ${target}, only for ${available}`);
  }
  if (folder === undefined) {
    throw new FliptError(`there is no cache folder, ${cache.shown}: set ${cache.variable}`);
  }
  const path = join(folder, fileName);
  if (existsSync(path) && sha256Of(readFileSync(path)) === sha256) return { path, sha256, wasThere: true };

  mkdirSync(folder, { recursive: true });
  // In the same folder, so that the rename is atomic and other processes never see a partial file.
  const temporary = mkdtempSync(join(folder, "download-"));
  try {
    const library = libraryIn(wheel ?? downloadWheel(temporary), place, sha256);
    const unpacked = join(temporary, fileName);
    writeFileSync(unpacked, library);
    renameSync(unpacked, path);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return { path, sha256, wasThere: false };
}

/** Returns the SHA-256 of bytes, in hexadecimal. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function libraryIn(wheel: string, { target, fileName }: ReferenceLibraryPlace, sha256: string): Uint8Array {
  const member = `ext/${target}/${fileName}`;
  const library = zipMember(readWheel(wheel), member, wheel);
  const actual = sha256Of(library);
  if (actual === sha256) return library;
  throw new FliptError(
    `${member} in ${wheel} has the SHA-256 ${actual}, not ${sha256}: it must be the wheel of ${REFERENCE_PACKAGE}`,
  );
}

function readWheel(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isMissing(error)) throw new NotFoundError(`there is no file ${path}`, { cause: error });
    throw new FliptError(`cannot read ${path}: ${cliMessage(error)}`, { cause: error });
  }
}

/** Downloads the wheel with the first Python that has pip. One wheel serves all platforms. */
function downloadWheel(folder: string): string {
  const parameters = ["--quiet", "--disable-pip-version-check", "--no-deps", "--dest", folder];
  const problems: string[] = [];
  for (const python of process.platform === "win32" ? ["py", "python"] : ["python3", "python"]) {
    const { error, status, stderr } = spawnSync(
      python,
      ["-m", "pip", "download", ...parameters, REFERENCE_PACKAGE],
      { encoding: "utf8" },
    );
    const wheel = readdirSync(folder).find((name) => name.endsWith(".whl"));
    if (status === 0 && wheel !== undefined) return join(folder, wheel);
    problems.push(`${python}: ${error?.message ?? stderr.trim()}`);
  }
  throw new FliptError(
    `"pip download ${REFERENCE_PACKAGE}" failed; it needs Python with pip and access to PyPI: without them, download ` +
      `the wheel elsewhere and pass it with --wheel (${problems.join("; ")})`,
  );
}
