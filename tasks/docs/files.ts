// Which files are pages of the documentation.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../npm/entries.ts";

/** The pages, from the folder of the checkout: those that stand elsewhere, then those of docs/. */
export function pageFiles(): readonly string[] {
  const docs = readdirSync(join(ROOT, "docs")).filter((name) => name.endsWith(".md")).sort();
  const others = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "bench/README.md"];
  return [...others, ...docs.map((name) => `docs/${name}`)];
}
