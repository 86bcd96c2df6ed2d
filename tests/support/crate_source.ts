// Reads the sources of the crate, for tests that compare what both languages say. What is looked for and not found is an
// error, so that no comparison passes because of that.

import { readFileSync } from "node:fs";

/** A function of the C ABI, with the types that Rust gives it. */
export interface ExportedFunction {
  /** What its parameters are called. */
  readonly names: readonly string[];
  readonly parameters: readonly string[];
  readonly result: string;
}

/** The text of a file in `engines/native/src/`. */
export function crateSource(file: string): string {
  return readFileSync(new URL(`../../engines/native/src/${file}`, import.meta.url), "utf8");
}

/**
 * The variants of an enum by name, each with what stands behind its `=`: a number or a word.
 * @throws {Error} when there is no such enum, or a line of it is none of these.
 */
export function variantsOf(source: string, name: string): Map<string, number | string> {
  const body = new RegExp(`^ *(?:pub )?(?:enum )?${name} \\{$(.*?)^ *\\}$`, "ms").exec(source)?.[1];
  if (body === undefined) throw new Error(`the crate has no ${name}`);
  const variants = new Map<string, number | string>();
  for (const line of body.split("\n").map((line) => line.trim())) {
    if (line === "" || line.startsWith("//")) continue;
    const [, variant, number, word] = /^(\w+) = (?:(\d\w*)|"(\w+)"),$/.exec(line) ?? [];
    if (variant === undefined) throw new Error(`${name}: what is "${line}"?`);
    variants.set(variant, word ?? Number(number?.replaceAll("_", "")));
  }
  return variants;
}

/**
 * The functions that a file exports, by name.
 * @throws {Error} when one of them cannot be read.
 */
export function exportedFunctions(source: string): Map<string, ExportedFunction> {
  const functions = new Map<string, ExportedFunction>();
  const declarations = source.matchAll(
    /^#\[unsafe\(no_mangle\)\]\npub extern "C" fn (\w+)\(([^)]*)\) -> (\w+) \{$/gm,
  );
  for (const [, name = "", list = "", result = ""] of declarations) {
    const parameters = [...list.matchAll(/(\w+): (\w+)/g)];
    functions.set(name, {
      names: parameters.map(([, name = ""]) => name),
      parameters: parameters.map(([, , type = ""]) => type),
      result,
    });
  }
  const exports = source.match(/no_mangle|export_name/g)?.length ?? 0;
  if (functions.size === 0 || functions.size !== exports) {
    throw new Error(`the crate exports ${exports} functions, of which ${functions.size} can be read`);
  }
  return functions;
}

/**
 * A constant that is a number.
 * @throws {Error} when there is none of that name.
 */
export function constantOf(source: string, name: string): number {
  const value = new RegExp(`^pub const ${name}: \\w+ = (\\w+);$`, "m").exec(source)?.[1];
  if (value === undefined) throw new Error(`the crate has no constant ${name}`);
  return Number(value.replaceAll("_", ""));
}
