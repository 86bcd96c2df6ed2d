// From a file: URL to a path. `node:url` has a function for it, which a bundle for browsers could not import.

import { EngineError } from "../../core/errors.ts";

/**
 * The path of a file.
 * @param url Its `file:` URL.
 * @param operatingSystem The one whose form of paths is meant.
 * @throws {EngineError} when the URL is not one of a file.
 */
export function filePath(url: URL, operatingSystem: string): string {
  if (url.protocol !== "file:") {
    throw new EngineError(
      `the native engine needs its library as a file, not as an ${url.protocol} URL: give libraryPath`,
    );
  }
  const path = decodeURIComponent(url.pathname);
  if (operatingSystem !== "windows") return path;
  const windowsPath = path.replaceAll("/", "\\");
  return url.hostname === "" ? windowsPath.slice(1) : `\\\\${url.hostname}${windowsPath}`;
}
