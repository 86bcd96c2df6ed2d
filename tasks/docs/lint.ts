// The rules of `flipt-ffi lint`, and the table of where a server's own evaluation API and clients answer differently.

import { INVALID_FILE } from "../../cli/lint/finding.ts";
import type { LintExample } from "../../cli/lint/rule.ts";
import { LINT_RULES } from "../../cli/lint/rules.ts";
import type { Difference } from "../../engines/rules/differences.ts";
import { DIFFERENCE_IDS, DIFFERENCES } from "../../engines/rules/differences.ts";
import { code, paragraph, table } from "./markdown.ts";

/** The page of the rules. */
const PAGE = "lint.md";
/** The longest example that is shown whole. */
const MAX_EXAMPLE = 200;

/** Each difference, with both sides and an example. */
export function differenceTable(): string {
  const rows = DIFFERENCE_IDS.map((id) => {
    const { subject, servers, server, clients, example } = DIFFERENCES[id];
    const what = servers === "v1 and v2" ? subject : `${subject} (${servers} only)`;
    return [`[${what}](${PAGE}#${id})`, server, clients, exampleOf(example)];
  });
  return table(["", "the server's own API", "clients", "example"], rows);
}

function exampleOf(example: Difference["example"]): string {
  if ("flag" in example) return `${example.flag}. Server: ${example.server}. Clients: ${example.clients}`;
  const { constraint, actual, serverHolds } = example;
  const [match, none] = serverHolds
    ? ["the server matches", "clients do not"]
    : ["clients match", "the server does not"];
  const { property, operator, value } = constraint;
  const compared = code([property, operator, value].filter((part) => part !== "").join(" "));
  return `${compared} with ${code(JSON.stringify(actual))}: ${match}, ${none}`;
}

/** A section for each rule, the heading of which is the rule's anchor. */
export function lintRuleSections(): string {
  const invalid = [
    `## ${code(INVALID_FILE.id)}`,
    paragraph(sentence(INVALID_FILE.level, INVALID_FILE.finds)),
  ];
  const rules = LINT_RULES.flatMap(({ id, level, finds, example }) => [
    `## ${code(id)}`,
    paragraph(`${sentence(level, finds)} For example ${exampleText(example)}.`),
  ]);
  return [...invalid, ...rules].join("\n\n");
}

function sentence(level: string, finds: string): string {
  return `${level.charAt(0).toUpperCase()}${level.slice(1)}: ${finds}.`;
}

function exampleText({ yaml }: LintExample): string {
  return code(yaml.length > MAX_EXAMPLE ? `${yaml.slice(0, MAX_EXAMPLE)}…` : yaml);
}
