// The generated modules of the JSR package: the list of native libraries, and one module per library.

import { toBase64 } from "../../engines/base64.ts";
import type { Manifest } from "../../engines/native/manifest.ts";

/** The path of the module with the list of libraries. */
export const PACKAGED = "engines/native/packaged.ts";

/** Returns the path of a library's module. */
export function libraryModulePath(target: string): string {
  return `engines/native/libraries/${target}.ts`;
}

/** Returns the subpath of a library's module, which users import to have it in Deno's cache for offline use. */
export function librarySubpath(target: string): string {
  return `./native/${target}`;
}

/**
 * Returns the module that replaces `packaged.ts`. It computes the specifiers of libraries at run time: Deno would fetch
 * all literal ones before a program starts, and check them at each start.
 */
export function packagedModule(manifest: Manifest): string {
  const modules = manifest.libraries.map(({ target }) => {
    const name = JSON.stringify(target);
    return `    ${name}: () => load(${name}),\n`;
  });
  return `// The libraries in the package, one module each. Generated.

import type { LibraryModule, Packaged } from "./manifest.ts";

/** The libraries in the package. */
export const packaged: Packaged | undefined = {
  manifest: ${JSON.stringify(manifest, undefined, 2).replaceAll("\n", "\n  ")},
  modules: {
${modules.join("")}  },
};

/** The specifier is computed, since Deno would fetch all literal ones. */
function load(target: string): ReturnType<LibraryModule> {
  // In JSR's npm packages, modules end with .js.
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf("."));
  return import(\`./libraries/\${target}\${extension}\`);
}
`;
}

/** Returns the module of a library. */
export function libraryModule(target: string, library: Uint8Array): string {
  return `/**
 * The native engine's library for ${target}, which the client loads on demand. Import it to have it in Deno's cache
 * for a program that runs offline.
 *
 * @module
 */

/** The library in base64. */
export const library: string = "${toBase64(library)}";
`;
}
