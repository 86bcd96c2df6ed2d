// Formats findings as a SARIF 2.1.0 log, for code scanning services.

import { isAbsolute, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { version } from "../../core/version.ts";
import { FILE_RULES, pageOf } from "./file_warnings.ts";
import type { LocatedFinding } from "./finding.ts";
import { INVALID_FILE, placeText } from "./finding.ts";
import type { Level } from "./rule.ts";
import { LINT_RULES } from "./rules.ts";

/** The schema of the log. */
const SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/** A text in a log. */
interface SarifText {
  readonly text: string;
}

/** A log with one run. */
export interface SarifLog {
  readonly $schema: string;
  readonly version: "2.1.0";
  readonly runs: [SarifRun];
}

/** A run of lint. */
export interface SarifRun {
  readonly tool: {
    readonly driver: { readonly name: string; readonly version: string; readonly rules: SarifRule[] };
  };
  readonly columnKind: "utf16CodeUnits";
  readonly results: SarifResult[];
}

/** A lint rule. */
export interface SarifRule {
  readonly id: string;
  readonly shortDescription: SarifText;
  readonly help: SarifText;
  readonly defaultConfiguration: { readonly level: Level };
}

/** A finding. */
export interface SarifResult {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: Level;
  readonly message: SarifText;
  readonly locations: {
    readonly physicalLocation?: {
      readonly artifactLocation: { readonly uri: string };
      readonly region?: { readonly startLine: number; readonly startColumn: number };
    };
    readonly logicalLocations?: { readonly fullyQualifiedName: string }[];
  }[];
}

/** Returns the log of the findings. */
export function sarifLog(findings: readonly LocatedFinding[]): SarifLog {
  const rules: SarifRule[] = [INVALID_FILE, ...FILE_RULES, ...LINT_RULES].map(({ id, level, finds }) => ({
    id,
    shortDescription: { text: finds },
    help: { text: `See ${pageOf(id)}.` },
    defaultConfiguration: { level },
  }));
  const run: SarifRun = {
    tool: { driver: { name: "flipt-ffi", version, rules } },
    columnKind: "utf16CodeUnits",
    results: findings.map((finding) => resultOf(finding, rules.findIndex(({ id }) => id === finding.rule))),
  };
  return { $schema: SCHEMA, version: "2.1.0", runs: [run] };
}

function resultOf({ rule, level, message, ...where }: LocatedFinding, ruleIndex: number): SarifResult {
  const { source, isFile, namespace, line, column, place } = where;
  const name = [namespace, placeText(place)].filter((part) => part !== undefined && part !== "").join(": ");
  const region = line === undefined || column === undefined ? {} : {
    region: { startLine: line, startColumn: column },
  };
  const location = {
    ...(isFile ? { physicalLocation: { artifactLocation: { uri: uriOf(source) }, ...region } } : {}),
    ...(name === "" ? {} : { logicalLocations: [{ fullyQualifiedName: name }] }),
  };
  return { ruleId: rule, ruleIndex, level, message: { text: message }, locations: [location] };
}

/** Returns the URI of a path. A relative one stays relative, so that services find it in the repository. */
function uriOf(path: string): string {
  if (isAbsolute(path)) return pathToFileURL(path).href;
  return path.split(sep).map(encodeURIComponent).join("/").replace(/^(\.\/)+/, "");
}
