// Where the programs of the matrix are, and how what they share is made CommonJS.

import { fileURLToPath } from "node:url";

/** The folder of all programs. */
export const PROGRAMS: string = fileURLToPath(new URL("./programs/", import.meta.url));

/** A module as CommonJS: what the programs use of the syntax of modules, at the beginning of lines. */
export function toCommonJs(text: string): string {
  const names: string[] = [];
  const body = text
    .replace(/^import (\{[^}]*\}) from ("[^"]+");$/gm, "const $1 = require($2);")
    .replace(/^export (async function|function|const) (\w+)/gm, (_, kind: string, name: string) => {
      names.push(name);
      return `${kind} ${name}`;
    });
  return `${body}\nmodule.exports = { ${names.join(", ")} };\n`;
}
