// `flipt-ffi lint`: every rule finds what it is there for and nothing else, with its line, in every format.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Log } from "sarif";
import { parse } from "yaml";
import type { FlagDocument } from "../../../engines/document.ts";
import { documentFromFeatures, readDocuments, WARNING_RULES } from "../../../file/mod.ts";
import type { FeaturesWarning } from "../../../file/mod.ts";
import { lintDocument } from "../../../cli/lint/documents.ts";
import { lintFeatures } from "../../../cli/lint/features.ts";
import { FILE_RULES } from "../../../cli/lint/file_warnings.ts";
import type { LocatedFinding } from "../../../cli/lint/finding.ts";
import type { LintRule } from "../../../cli/lint/rule.ts";
import { LINT_RULES } from "../../../cli/lint/rules.ts";
import { sarifLog } from "../../../cli/lint/sarif.ts";
import { tellingValues } from "../../../cli/telling_values.ts";
import { judge } from "../../../src/evaluation/explain/constraint.ts";
import { cli, command } from "../../support/cli.ts";
import { shopDocument } from "../../support/runtime.ts";
import { FliptServer } from "../../support/server.ts";

const folder = mkdtempSync(join(tmpdir(), "flipt-ffi-lint-"));
const everything = fileURLToPath(new URL("../../fixtures/lint/features.yml", import.meta.url));
const shop = fileURLToPath(new URL("../../fixtures/shop/features.yml", import.meta.url));
const NOW = Date.parse("2026-11-01T00:00:00Z");
/** What can only be in a document: the format of files has no place for it. */
const ONLY_IN_DOCUMENTS = ["duplicate-key", "list-unreadable"];

after(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** A finding in short: `13 warning unused-variant`. */
function short({ line, level, rule }: LocatedFinding): string {
  return `${line} ${level} ${rule}`;
}

/** What the comments of a file say that lint finds. */
function expected(text: string): string[] {
  return text.split("\n").flatMap((line, index) =>
    [...line.matchAll(/# (warning|note): ([\w-]+)/g)].map(([, level, rule]) =>
      `${index + 1} ${level} ${rule}`
    )
  );
}

const frame = `
version: "1.4"
namespace: shop
segments:
  - { key: everyone, name: Everyone, match_type: ALL_MATCH_TYPE }
  - key: some
    name: Some
    match_type: ALL_MATCH_TYPE
    constraints: [{ type: STRING_COMPARISON_TYPE, property: country, operator: eq, value: NL }]
  - key: other
    name: Other
    match_type: ALL_MATCH_TYPE
    constraints: [{ type: STRING_COMPARISON_TYPE, property: country, operator: eq, value: DE }]
flags:
  - key: flag
    name: Flag
`;

/** What a rule finds in its example. */
async function foundInExample({ example: { of, yaml } }: LintRule): Promise<readonly LocatedFinding[]> {
  if (of === "document") return lintDocument(parse(yaml) as FlagDocument, "example", NOW);
  if (of === "constraint") {
    const { type, property, operator, value = "" } = parse(yaml);
    const constraint = {
      type: type.replace("_COMPARISON", "_CONSTRAINT_COMPARISON"),
      property,
      operator,
      value,
    };
    const segment = { key: "s", matchType: "ALL_SEGMENT_MATCH_TYPE", constraints: [constraint] };
    const rollouts = [{ segment: { value: true, segments: [segment] } }];
    const flag = { key: "flag", name: "", type: "BOOLEAN_FLAG_TYPE", enabled: true, rollouts };
    return lintDocument({ namespace: { key: "shop" }, flags: [flag] }, "example", NOW);
  }
  const members = of === "variant flag"
    ? `    enabled: true\n    variants: [{ key: a, name: A }, { key: b, name: B }]\n    ${yaml}\n`
    : `    type: BOOLEAN_FLAG_TYPE\n    ${yaml}\n`;
  const path = file("example.yml", of === "file" ? yaml : frame + members);
  return (await lintFeatures([path], undefined, NOW)).findings;
}

test("every rule finds something in its example", async () => {
  assert.ok(LINT_RULES.length >= 20);
  assert.equal(new Set(LINT_RULES.map(({ id }) => id)).size, LINT_RULES.length);
  for (const rule of LINT_RULES) {
    const found = await foundInExample(rule);
    const invalid = found.filter(({ level }) => level === "error");
    assert.deepEqual(invalid.map(({ message }) => message), [], rule.id);
    assert.ok(found.some((finding) => finding.rule === rule.id), `${rule.id}: ${JSON.stringify(found)}`);
  }
});

test("everything in a file that has each kind in it is found on its line, and nothing else", async () => {
  const { findings } = await lintFeatures([everything], undefined, NOW);
  const wanted = expected(readFileSync(everything, "utf8"));
  assert.deepEqual(findings.map(short).sort(), wanted.sort());
  const kinds = new Set(findings.map(({ rule }) => rule));
  const missing = LINT_RULES.map(({ id }) => id).filter((id) => !kinds.has(id));
  assert.deepEqual(missing, ONLY_IN_DOCUMENTS);
});

test("lint reports each warning of the file source on its line, and an empty file", async () => {
  const features = new URL("../../fixtures/features/", import.meta.url);
  const kinds = new Set<string>();
  for (const name of readdirSync(features)) {
    const path = fileURLToPath(new URL(name, features));
    const warnings: FeaturesWarning[] = [];
    // What is wrong with a file does not matter here.
    await readDocuments(path, { onWarning: (warning) => warnings.push(warning) }).catch(() => {});
    const { findings } = await lintFeatures([path], undefined, NOW);
    for (const { rule, line } of warnings) {
      // A rule of lint points at the whole rule or constraint, which may begin on the line before.
      const lines: unknown[] = line === undefined ? [line] : [line, line - 1];
      const isFound = findings.some((finding) => finding.level === "warning" && lines.includes(finding.line));
      assert.ok(isFound, `${name}:${line}: ${rule}`);
      kinds.add(rule);
    }
  }
  assert.deepEqual(
    Object.keys(WARNING_RULES).filter((rule) => !kinds.has(rule)),
    // Of index files, which have a test of their own.
    ["unknown-member"],
  );
});

test("a segment that a v2 server leaves out of what clients receive is named all the same", async () => {
  const path = fileURLToPath(
    new URL("../../fixtures/features/segment_of_earlier_document.yml", import.meta.url),
  );
  const { findings } = await lintFeatures([path], undefined, NOW);
  const warnings = (all: readonly LocatedFinding[]): string[] =>
    all.filter(({ level }) => level === "warning").map(short);
  assert.deepEqual(warnings(findings), ["13 warning segment-left-out"]);
  // A v1 server does not.
  assert.deepEqual(warnings((await lintFeatures([path], undefined, NOW, "v1")).findings), []);
});

test("of the shop, lint tells what is true and nothing more", async () => {
  const { findings } = await lintFeatures([shop], undefined, NOW);
  const found = Map.groupBy(findings, ({ rule, level }) => `${level} ${rule}`);
  const counts = Object.fromEntries(Array.from(found, ([kind, all]) => [kind, all.length]));
  assert.deepEqual(counts, {
    // "only" of no-rules, which has no rules.
    "warning unused-variant": 1,
    // The last rule of checkout-flow, which leaves everyone with the default variant.
    "note no-variant": 1,
    "note empty-segment": 1,
    // The second and the third rule of checkout-flow.
    "note v1-two-segments": 2,
    // The thirds of the second.
    "note distribution-bound": 1,
    // kill-switch.
    "note disabled-boolean": 1,
    "note text-blank": 6,
    "note boolean-word": 1,
    "note number-float": 3,
    "note time-date-only": 2,
    "note time-fraction": 1,
  });
  // Each of them names a value on which both part, which is so.
  for (const { rule, answers, message } of findings) {
    if (!/text-blank|boolean-word|number-float|time-/.test(rule)) continue;
    assert.ok(answers?.value !== undefined && answers.server !== answers.clients, message);
  }
});

test("a date is over from the next moment on", async () => {
  const yaml = frame.replace(
    "property: country, operator: eq, value: NL",
    "property: country, operator: eq, value: NL }, { type: DATETIME_COMPARISON_TYPE, property: now, operator: lte, " +
      'value: "2026-01-01T00:00:00Z"',
  );
  const path = file("date.yml", `${yaml}    type: BOOLEAN_FLAG_TYPE\n    enabled: true\n`);
  const at = Date.parse("2026-01-01T00:00:00Z");
  for (const [now, count] of [[at, 0], [at + 1, 1]] as const) {
    const { findings } = await lintFeatures([path], undefined, now);
    assert.equal(findings.filter(({ rule }) => rule === "past-date").length, count);
  }
});

test("what makes a file unusable is told with all else, each on its line", async () => {
  const path = file(
    "twice.yml",
    `flags:
  - { key: a, name: A, type: BOOLEAN_FLAG_TYPE, enabled: true }
  - { key: a, name: A, type: BOOLEAN_FLAG_TYPE, enabled: true }
  - { key: b, name: B, type: BOOLEAN_FLAG_TYPE, enabled: perhaps }
segments:
  - { key: lonely, name: Lonely, match_type: ALL_MATCH_TYPE }
`,
  );
  const { code, output, errors } = await command(["lint", path]);
  assert.equal(code, 1);
  const lines = output.trim().split("\n").map((line) => line.replace(`${path}:`, ""));
  assert.match(lines[0] ?? "", /^3:\d+: warning: .* a flag "a".*:2, .* \[duplicate\]$/);
  assert.match(lines[1] ?? "", /^4:\d+: error: enabled .*true or false/);
  assert.match(lines[2] ?? "", /^6:12: warning: segment "lonely" is not used.*\[unused-segment\]$/);
  assert.equal(lines.length, 3);
  assert.equal(errors, "1 error, 2 warnings, 2 notes; --notes shows the notes\n");
});

test("without findings nothing is printed but that", async () => {
  const path = file("clean.yml", "flags: [{ key: a, name: A, type: BOOLEAN_FLAG_TYPE, enabled: true }]\n");
  assert.deepEqual(await command(["lint", path, "--notes", "--check"]), {
    code: 0,
    output: "",
    errors: "no findings\n",
  });
});

test("lint ends with 0 in spite of warnings, and with 6 when they are checked; notes never count", async () => {
  assert.equal((await command(["lint", shop])).code, 0);
  assert.equal((await command(["lint", shop, "--check"])).code, 6);
  const off = file("off.yml", "flags: [{ key: a, name: A, type: BOOLEAN_FLAG_TYPE }]\n");
  const { code, output, errors } = await command(["lint", off, "--check"]);
  assert.deepEqual([code, output], [0, ""]);
  assert.equal(errors, "1 note; --notes shows the notes\n");
});

test("a document and a snapshot are linted as a file of flags is, and the document with lines", async () => {
  const document = shopDocument();
  const pretty = file("shop.json", JSON.stringify(document, undefined, 2));
  const found = JSON.parse((await command(["lint", pretty, "--notes", "--json"])).output);
  const text = readFileSync(pretty, "utf8").split("\n");
  const basket = found.find(({ message }: { message: string }) => message.startsWith("basket gt"));
  assert.equal(basket.rule, "number-float");
  assert.equal(basket.file, pretty);
  assert.equal(text[basket.line - 1]?.slice(basket.column - 1), "{");
  assert.match(text.slice(basket.line).slice(0, 5).join(), /"property": "basket"/);
  assert.deepEqual(basket.place, { flag: "free-shipping", rollout: 2, segment: "big-basket", constraint: 0 });
  assert.deepEqual(basket.answers, { value: "100.5", server: "matches", clients: "does not match" });
  assert.equal(basket.page, "docs/lint.md#number-float");
  const off = found.find(({ rule }: { rule: string }) => rule === "disabled-boolean");
  assert.equal(text[off.line - 1]?.slice(off.column - 1).replace(",", ""), '"kill-switch"');

  const piped = await command(["lint", "-", "--notes", "--json"], {
    input: `\ufeff${JSON.stringify(document)}`,
  });
  const kinds = (all: { rule: string }[]): string[] => all.map(({ rule }) => rule).sort();
  assert.deepEqual(kinds(JSON.parse(piped.output)), kinds(found));
});

test("what is in documents only is found there", async () => {
  const segment = (key: string, ...constraints: object[]) => ({
    key,
    matchType: "ANY_SEGMENT_MATCH_TYPE",
    constraints,
  });
  const type = "STRING_CONSTRAINT_COMPARISON_TYPE";
  const rule = {
    segmentOperator: "OR_SEGMENT_OPERATOR",
    segments: [
      segment("s", { type, property: "p", operator: "isnotoneof", value: "a, b" }),
      segment("t", { type: "COLOUR", property: "p", operator: "eq", value: "a" }),
      segment("s", { type, property: "p", operator: "matches", value: "a" }),
    ],
    distributions: [{ variantKey: "a", rollout: 50 }, { variantKey: "a", rollout: 50 }],
  };
  const flags = [
    { key: "a", name: "", enabled: true, rules: [rule, { ...rule, segments: [], distributions: [] }] },
    { key: "a", name: "", enabled: true },
  ];
  const path = file("odd.json", JSON.stringify({ namespace: { key: "shop" }, flags }));
  const { output } = await command(["lint", path, "--json"]);
  const found = JSON.parse(output).map(({ rule, message }: { rule: string; message: string }) =>
    `${rule}: ${message}`
  );
  for (
    const wanted of [
      /^duplicate-key: the flag "a" is defined again/,
      /^duplicate-key: this rule lists a segment twice: "s"/,
      /^duplicate-key: this rule distributes to a variant twice: "a"/,
      /^list-unreadable: p isnotoneof "a, b" matches every string in clients: .*; p "x" does not match on a server: /,
      /^never-matches: p eq "a" never matches: "COLOUR" is not a constraint type/,
      /^never-matches: p matches "a" never matches: STRING_\w+ has no operator "matches"/,
      /^applies-to-nobody: this rule has no segments/,
    ]
  ) assert.ok(found.some((line: string) => wanted.test(line)), `${wanted}: ${found.join("\n")}`);
});

test("what a server sends is linted, without lines", async () => {
  const server = await FliptServer.start();
  try {
    server.setDocument("shop", shopDocument());
    const url = ["--url", server.url, "--namespace", "shop"];
    const { code, output } = await command(["lint", ...url, "--notes"]);
    assert.equal(code, 0);
    const start = `${server.url}: flag kill-switch: note: a boolean flag that is off`;
    assert.ok(output.split("\n").some((line) => line.startsWith(start)), output);
    assert.match(
      output,
      /: flag free-shipping, rollout 3, segment big-basket, constraint 1: note: basket gt "100"/,
    );
    const github = (await command(["lint", ...url, "--notes", "--format", "github"])).output;
    assert.match(github, /^::notice title=disabled-boolean::flag kill-switch: a boolean flag/m);
    const log = JSON.parse((await command(["lint", ...url, "--notes", "--format", "sarif"])).output);
    assert.equal(log.runs[0].results[0].locations[0].physicalLocation, undefined);
  } finally {
    await server.close();
  }
});

test("github's commands name file, line and column, with nothing in them that would end them", async () => {
  const inner = join(folder, "a,b");
  mkdirSync(inner, { recursive: true });
  const path = join(inner, "features.yml");
  writeFileSync(path, "flags: [{ key: off, name: Off, type: BOOLEAN_FLAG_TYPE }]\n");
  const { output } = await command(["lint", inner, "--notes", "--format", "github"]);
  const name = path.replaceAll(":", "%3A").replaceAll(",", "%2C");
  assert.equal(
    output,
    `::notice file=${name},line=1,col=16,title=disabled-boolean::a boolean flag that is off and has no rollouts; ` +
      "on a server: reason DEFAULT_EVALUATION_REASON; in clients: reason FLAG_DISABLED_EVALUATION_REASON\n",
  );
});

test("a log in SARIF has the members that its schema wants", async () => {
  const { findings } = await lintFeatures([everything], undefined, NOW);
  // The package's types are made from the schema: this line does not compile where a member is missing or another.
  const log: Log = sarifLog(findings);
  const [run] = log.runs;
  const rules = run?.tool.driver.rules ?? [];
  assert.equal(log.version, "2.1.0");
  assert.match(log.$schema ?? "", /sarif-schema-2\.1\.0\.json$/);
  assert.equal(rules.length, LINT_RULES.length + FILE_RULES.length + 1);
  const results = run?.results ?? [];
  assert.equal(results.length, findings.length);
  for (const { ruleId, ruleIndex, level, message, locations } of results) {
    assert.equal(rules[ruleIndex ?? -1]?.id, ruleId);
    assert.ok(level === "warning" || level === "note");
    assert.ok((message.text ?? "").length > 0);
    const { artifactLocation, region } = locations?.[0]?.physicalLocation ?? {};
    assert.ok(URL.canParse(artifactLocation?.uri ?? "", "file:///"));
    assert.ok((region?.startLine ?? 0) > 0 && (region?.startColumn ?? 0) > 0);
  }
  const relative = sarifLog([{ ...findings[0] as LocatedFinding, source: "./flags/a b.yml" }]);
  const [first] = relative.runs[0].results;
  assert.equal(first?.locations[0]?.physicalLocation?.artifactLocation.uri, "flags/a%20b.yml");
});

test("what cannot be linted says what to do", async () => {
  const rows: [args: string[], code: number, error: RegExp][] = [
    [["no-such.yml"], 3, /there is no file or folder no-such\.yml/],
    [[shop, "--url", "http://localhost:1"], 2, /a file cannot be combined with --url/],
    [[shop, "--format", "xml"], 2, /--format must be one of text, json, github, sarif/],
    [[shop, "--format", "sarif", "--json"], 2, /--json and --format cannot be combined/],
    [[shop, "--namespace", "other"], 3, /has no namespace "other"/],
  ];
  for (const [args, code, error] of rows) {
    const result = await command(["lint", ...args]);
    assert.deepEqual([result.code, result.output], [code, ""], args.join(" "));
    assert.match(result.errors, error);
  }
  const broken = file("broken.json", "{ nonsense");
  const { code, output } = await cli(["lint", broken]);
  assert.equal(code, 1);
  assert.match(output, /broken\.json: error: .*not JSON.* \[invalid-file\]\n$/);
});

test("the values that tell are of both sides of every constraint that something matches", async () => {
  const { flags } = await documentFromFeatures(readFileSync(shop, "utf8"), { namespace: "shop" });
  const segments = flags.flatMap(({ rules, rollouts }) => [
    ...(rules ?? []).flatMap((rule) => rule.segments ?? []),
    ...(rollouts ?? []).flatMap((rollout) => rollout.segment?.segments ?? []),
  ]);
  const constraints = segments.flatMap((segment) => segment.constraints);
  assert.ok(constraints.length > 20);
  for (const constraint of constraints) {
    const verdicts = new Set(tellingValues(constraint).map((value) => judge(constraint, value).holds));
    assert.deepEqual([...verdicts].sort(), [false, true], JSON.stringify(constraint));
  }
});
