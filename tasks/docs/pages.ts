// Which pages have generated parts, and what these are.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../npm/entries.ts";
import { clientOptionTables, commandSections, commonOptionTable, exitCodeTable } from "./commands.ts";
import { documented } from "./deno_doc.ts";
import { pageFiles } from "./files.ts";
import { differenceTable, lintRuleSections } from "./lint.ts";
import { filled, placesOf } from "./markdown.ts";
import { clientOptions, facts, members } from "./members.ts";
import { platformTable } from "./platforms.ts";
import { packageJsonText, subpathTable } from "./subpaths.ts";
import { toolTable } from "./tools.ts";
import { variableTable } from "./variables.ts";

/** What is generated, by the names that pages have for it. */
function texts(): Readonly<Record<string, () => string>> {
  const [client, telemetry, testing, prometheus, exposure] = documented(
    "mod.ts",
    "otel/mod.ts",
    "testing/mod.ts",
    "prometheus/mod.ts",
    "exposure/mod.ts",
  );
  return {
    "client-options": () => clientOptions(client),
    "tls-options": () => members(client, "TlsOptions", "member"),
    "status-members": () => facts(client, "ClientStatus"),
    "telemetry-options": () => members(telemetry, "FliptTelemetryOptions", "option"),
    "prometheus-options": () => members(prometheus, "FliptMetricsOptions", "option"),
    "exposure-options": () => members(exposure, "ExposureOptions", "option"),
    "test-server-options": () => members(testing, "FliptTestServerOptions", "option of `start`"),
    "variables": () => variableTable(),
    "subpaths": subpathTable,
    "commands": commandSections,
    "command-client-options": clientOptionTables,
    "command-common-options": commonOptionTable,
    "exit-codes": exitCodeTable,
    "platforms": platformTable,
    "differences": differenceTable,
    "lint-rules": lintRuleSections,
    "tools": toolTable,
  };
}

/** Gives the text of a file, named from the folder of the checkout. */
export type Reader = (file: string) => string;

/** Reads a file, with the ends of lines that it has in the repository. */
function readText(file: string): string {
  return readFileSync(join(ROOT, file), "utf8").replaceAll("\r\n", "\n");
}

/**
 * Every file that may have generated parts, with the text that it must have.
 * @throws {Error} when a page has a place that nothing is generated for, or something is generated that no page has.
 */
export function generated(read: Reader = readText): ReadonlyMap<string, string> {
  const all = texts();
  const places = pageFiles().flatMap((file) => placesOf(read(file)));
  const result = new Map(pageFiles().map((file) => [file, filled(read(file), all)]));
  const unused = Object.keys(all).find((name) => !places.includes(name));
  if (unused !== undefined) throw new Error(`no page has the mark <!-- generated: ${unused} -->`);
  return result.set("package.json", packageJsonText(read("package.json"), read("deno.json")));
}

/** The files whose generated parts are not what they must be. */
export function outdated(read: Reader = readText): readonly string[] {
  return [...generated(read)].filter(([file, text]) => read(file) !== text).map(([file]) => file);
}
