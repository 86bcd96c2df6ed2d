// `flipt-ffi compare`: a server's own evaluation API beside the engines here. The server replays a file of exchanges, and
// refuses what is not in it. Where the files are from stands in the fixtures: they can be recorded from a server.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Answerer, KnownAnswers } from "../../support/evaluation_server.ts";
import { answering, EvaluationServer, knownAnswers } from "../../support/evaluation_server.ts";
import type { CliResult } from "../../support/cli.ts";
import { cli, command } from "../../support/cli.ts";
import { differingMembers, variantAnswer } from "../../../cli/compare/answer.ts";
import { bucketOf, parseQuestions, questionsAbout } from "../../../cli/compare/questions.ts";
import type { DocumentFlag } from "../../../engines/document.ts";
import { DIFFERENCE_IDS } from "../../../engines/rules/differences.ts";
import { serverHolds } from "../../../engines/rules/server_constraints.ts";
import { FliptClient } from "../../../mod.ts";
import { UsageError } from "../../../cli/errors.ts";

const folder = mkdtempSync(join(tmpdir(), "flipt-ffi-compare-"));

after(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function against(
  document: unknown,
  answer: Answerer,
  work: (server: EvaluationServer) => Promise<void>,
): Promise<void> {
  const server = await EvaluationServer.start(document, answer);
  try {
    await work(server);
  } finally {
    await server.close();
  }
}

/** Compares with the known answers of a version. */
async function compareKnown(version: 1 | 2, ...more: string[]): Promise<CliResult> {
  const told = knownAnswers(version);
  const requests = file(`v${version}.json`, JSON.stringify(told.exchanges.map(({ request }) => request)));
  let result: CliResult | undefined;
  await against(told.document, answering(told), async ({ url }) => {
    result = await command([
      "compare",
      "--url",
      url,
      "--namespace",
      "shop",
      "--requests-file",
      requests,
      ...more,
    ]);
  });
  assert.ok(result !== undefined);
  return result;
}

interface Told {
  readonly question: { readonly flagKey: string; readonly context: Record<string, string> };
  readonly members: readonly string[];
  readonly causes: readonly { readonly difference: string; readonly where?: string }[];
  readonly clients: Record<string, unknown>;
}

/** What differs, in short: flag, context, members, causes. */
function shortly({ question: { flagKey, context }, members, causes }: Told): string {
  const known = Object.entries(context).map(([name, value]) => `${name}=${value}`).join();
  return `${flagKey} ${known}: ${members.join()}: ${causes.map(({ difference }) => difference).join()}`;
}

const COMMON = [
  "discount basket=3: enabled,reason: number-float",
  "discount orders=2.0: enabled,reason: number-float",
  "tier tier=1: enabled,reason: number-list",
  "tier tier=2: enabled,reason: number-list",
  "since since=2024-06-01T00:00:00Z: enabled,reason: time-date-only",
  "since since=2024-06-01: enabled,reason: time-date-only",
  "opening now=2024-01-01T00:00:00.5Z: enabled,reason: time-fraction",
  "closing now=2024-06-01T00:00:00Z: enabled,reason: time-form",
  "staff employee=1: enabled,reason: boolean-word",
  "staff mail=a@shop.example : enabled,reason: text-blank",
  "off : reason: disabled-boolean",
  "teams team=sales: match,variantKey,variantAttachment,segmentKeys,reason: list-escape",
  "teams team=R&D: match,variantKey,variantAttachment,segmentKeys,reason: list-escape",
  "others team=sales: match,variantKey,segmentKeys,reason: list-unreadable",
  "others team=R&D: match,variantKey,segmentKeys,reason: list-unreadable",
  // For one of the seven buckets that are asked for.
  "thirds : variantKey: distribution-bound",
];

/** A v1 server leaves the last bucket without a match, besides. */
const LAST_THIRD = "thirds : match,variantKey,reason: distribution-bound";

test("against the known answers of v2, what differs and why is found, and nothing else", async () => {
  const { code, output } = await compareKnown(2, "--json");
  assert.equal(code, 0);
  const { asked, differences } = JSON.parse(output) as { asked: number; differences: Told[] };
  assert.equal(asked, knownAnswers(2).exchanges.length);
  assert.deepEqual(differences.map(shortly), COMMON);
  for (const { clients } of differences) assert.ok("portable" in clients);
});

test("against the known answers of v1, the shares of its rules differ, too", async () => {
  const { output } = await compareKnown(1, "--json");
  const { differences } = JSON.parse(output) as { differences: Told[] };
  const all = differences.map(shortly);
  assert.deepEqual(all.filter((line) => !/^(share|two) /.test(line)), [...COMMON, LAST_THIRD]);
  const shares = differences.filter(({ question }) => question.flagKey === "share");
  const two = differences.filter(({ question }) => question.flagKey === "two");
  assert.ok(shares.length > 0 && two.length > 0, all.join("\n"));
  for (const { causes } of shares) {
    assert.deepEqual(causes.map(({ difference }) => difference), ["v1-distribution-sum"]);
  }
  for (const { causes, members } of two) {
    assert.deepEqual(members, ["variantKey", "variantAttachment"]);
    // The document of such a server has the rule once a segment.
    assert.deepEqual(causes.map(({ difference, where }) => [difference, where]), [
      ["v1-two-segments", "rule 1"],
      ["v1-two-segments", "rule 2"],
    ]);
  }
  const kinds = new Set(differences.flatMap(({ causes }) => causes.map(({ difference }) => difference)));
  assert.deepEqual([...kinds].sort(), [...DIFFERENCE_IDS].sort());
});

test("the text shows each kind of difference once, with both answers and the reason", async () => {
  const { code, output, errors } = await compareKnown(2, "--check");
  assert.equal(code, 6);
  assert.match(
    output,
    /^discount for "user-1" with basket="3"\n {2}server +true \(MATCH_EVALUATION_REASON\)\n/,
  );
  assert.match(output, /\n {2}portable +false \(DEFAULT_EVALUATION_REASON\)\n/);
  assert.match(output, /\n {2}why +basket gte "2\.5" of segment tall: it compares floats \[number-float\]\n/);
  assert.match(output, /^teams .* with team="sales", and 1 request like it$/m);
  assert.match(output, / {2}server +variant "a", match \(MATCH_EVALUATION_REASON\), segments departments\n/);
  assert.equal(errors, "56 requests: 16 answers differ, all for known reasons\n");
  const all = await compareKnown(2, "--all");
  assert.equal(all.code, 0);
  assert.match(all.output, /^teams for "user-1" with team="R&D"$/m);
  assert.doesNotMatch(all.output, /like it/);
});

/** Answers as the engines here do. */
async function echo({ document }: KnownAnswers): Promise<Answerer> {
  const fetcher = () => Promise.resolve(Response.json(document));
  const client = await FliptClient.init({
    fetcher,
    namespace: "shop",
    updateInterval: 0,
    engine: "portable",
  });
  return ({ flagKey, entityId, context }) => {
    const [response] = client.evaluateBatch([{ flagKey, entityId, context }]).responses;
    switch (response?.type) {
      case "BOOLEAN_EVALUATION_RESPONSE_TYPE":
        return { type: response.type, booleanResponse: response.booleanEvaluationResponse };
      case "VARIANT_EVALUATION_RESPONSE_TYPE":
        return { type: response.type, variantResponse: response.variantEvaluationResponse };
      default:
        return { type: response?.type, errorResponse: response?.errorEvaluationResponse };
    }
  };
}

test("a server that answers as clients do differs in nothing, whatever is asked", async () => {
  const told = knownAnswers(2);
  await against(told.document, await echo(told), async (server) => {
    const url = ["--url", server.url, "--namespace", "shop"];
    const { code, output, errors } = await command(["compare", ...url, "--check"]);
    assert.deepEqual([code, output], [0, ""]);
    const [, asked = ""] = /^(\d+) requests: all answers are the same\n$/.exec(errors) ?? [];
    assert.ok(Number(asked) > 100, errors);
    const one = await command(["compare", "half", ...url, "--most", "5"]);
    assert.equal(one.errors, "5 requests: all answers are the same\n");
    // As a process, too.
    assert.equal((await cli(["compare", "half", ...url, "--check"])).code, 0);
  });
});

test("an answer that no known difference explains is told as that", async () => {
  const told = knownAnswers(2);
  const answer: Answerer = () => ({ booleanResponse: { enabled: true, reason: "MATCH_EVALUATION_REASON" } });
  await against(told.document, answer, async ({ url }) => {
    const requests = file(
      "one.ndjson",
      '{"flagKey":"discount","entityId":"u"}\n\n{"flagKey":"teams","entityId":"u"}\n',
    );
    const { output, errors } = await command([
      "compare",
      "--url",
      url,
      "-n",
      "shop",
      "--requests-file",
      requests,
    ]);
    assert.match(output, /^discount for "u"\n[^]*why +no known difference explains it\n/);
    assert.match(output, /teams for "u"\n {2}server +true/);
    assert.equal(errors, "2 requests: 2 answers differ, 2 for no known reason\n");
  });
});

test("questions made from a constraint find every difference that the constraint can show", async () => {
  const constraint = {
    type: "NUMBER_CONSTRAINT_COMPARISON_TYPE",
    property: "orders",
    operator: "gte",
    value: "2",
  };
  const segment = { key: "s", matchType: "ALL_SEGMENT_MATCH_TYPE", constraints: [constraint] };
  const flag = {
    key: "orders",
    name: "",
    type: "BOOLEAN_FLAG_TYPE",
    enabled: false,
    rollouts: [{ segment: { value: true, segments: [segment] } }],
  };
  const answer: Answerer = ({ context }) => {
    const enabled = serverHolds(constraint, context["orders"] ?? "");
    const reason = enabled ? "MATCH_EVALUATION_REASON" : "DEFAULT_EVALUATION_REASON";
    return { booleanResponse: { enabled, reason } };
  };
  await against({ namespace: { key: "default" }, flags: [flag] }, answer, async ({ url }) => {
    const { output } = await command(["compare", "--url", url, "--json"]);
    const { differences } = JSON.parse(output) as { differences: Told[] };
    assert.deepEqual(differences.map(shortly), [
      "orders orders=2.0: enabled,reason: number-float",
      "orders orders=2.5: enabled,reason: number-float",
    ]);
  });
});

test("questions reach every rule, in several buckets, and no more than were wanted", () => {
  const { document } = knownAnswers(1);
  const flags = document.flags as readonly DocumentFlag[];
  for (const flag of flags) {
    const questions = questionsAbout(flag, 200);
    assert.ok(questions.length >= 10 && questions.length <= 200);
    assert.ok(new Set(questions.map(({ entityId }) => entityId)).size >= 10);
    assert.equal(new Set(questions.map((question) => JSON.stringify(question))).size, questions.length);
    assert.equal(questionsAbout(flag, 7).length, 7);
  }
  const staff = questionsAbout(flags.find(({ key }) => key === "staff") as DocumentFlag, 1000);
  for (const wanted of [{ employee: "true" }, { employee: "1" }, { mail: "@shop.example " }]) {
    assert.ok(
      staff.some(({ context }) => JSON.stringify(context) === JSON.stringify(wanted)),
      JSON.stringify(wanted),
    );
  }
  const thirds = questionsAbout(flags.find(({ key }) => key === "thirds") as DocumentFlag, 1000);
  const buckets = new Set(thirds.map(bucketOf));
  // Where a server's shares end.
  assert.ok(buckets.has(666) && buckets.has(999));
  const both = staff.filter(({ context }) => Object.keys(context).length === 2);
  assert.ok(both.length > 0);
});

test("the server is asked as it is documented: place, token, environment and reference", async () => {
  const told = knownAnswers(2);
  await against(told.document, answering(told), async (server) => {
    const requests = file("off.json", '[{"flagKey":"off","entityId":"user-1","context":{}}]');
    const base = ["compare", "--url", server.url, "--namespace", "shop", "--requests-file", requests];
    assert.equal((await command([...base, "--token", "secret-token"])).code, 0);
    const [, first] = server.calls;
    assert.equal(`${first?.method} ${first?.path}`, "POST /evaluate/v1/batch");
    assert.equal(first?.headers["authorization"], "Bearer secret-token");
    assert.equal(first?.headers["content-type"], "application/json");
    assert.deepEqual(JSON.parse(first?.body ?? ""), {
      requests: [{ namespaceKey: "shop", flagKey: "off", entityId: "user-1", context: {} }],
    });
    await command([...base, "--environment", "staging", "--reference", "v3"]);
    const last = server.calls.at(-1);
    assert.equal(last?.headers["x-flipt-environment"], "staging");
    const place = { environmentKey: "staging", reference: "v3" };
    assert.deepEqual(JSON.parse(last?.body ?? ""), {
      requests: [{ namespaceKey: "shop", flagKey: "off", entityId: "user-1", context: {}, ...place }],
      ...place,
    });
  });
});

test("many questions are asked in several requests, and each gets its own answer", async () => {
  const told = knownAnswers(2);
  await against(told.document, await echo(told), async (server) => {
    const all = Array.from({ length: 250 }, (_, index) => ({ flagKey: "half", entityId: `user-${index}` }));
    const requests = file("many.json", JSON.stringify(all));
    const { errors } = await command([
      "compare",
      "--url",
      server.url,
      "-n",
      "shop",
      "--requests-file",
      requests,
    ]);
    assert.equal(errors, "250 requests: all answers are the same\n");
    const sizes = server.calls.filter(({ method }) => method === "POST")
      .map(({ body }) => JSON.parse(body).requests.length);
    assert.deepEqual(sizes, [100, 100, 50]);
  });
});

test("a server that has no evaluation API, or refuses, is told as that", async () => {
  const told = knownAnswers(2);
  const requests = file("unknown.json", '[{"flagKey":"off","entityId":"nobody"}]');
  await against(told.document, answering(told), async ({ url }) => {
    const { code, errors } = await command([
      "compare",
      "--url",
      url,
      "-n",
      "shop",
      "--requests-file",
      requests,
    ]);
    assert.equal(code, 1);
    assert.match(errors, /\/evaluate\/v1\/batch answered 400: no answer is known to/);
  });
  for (const answer of ["nothing", { booleanResponse: 1 }]) {
    await against(told.document, () => answer, async ({ url }) => {
      const { code, errors } = await command([
        "compare",
        "--url",
        url,
        "-n",
        "shop",
        "--requests-file",
        requests,
      ]);
      assert.equal(code, 1);
      assert.match(errors, /did not respond like Flipt's evaluation API/);
    });
  }
});

test("requests that are none are refused with their place", async () => {
  const rows: [text: string, message: RegExp][] = [
    ["{}", /request 1 of r\.json needs flagKey/],
    ['[{"flagKey":"a","entityId":" "}]', /request 1 of r\.json needs entityId/],
    [
      '[{"flagKey":"a","entityId":"e","context":[]}]',
      /the context of request 1 of r\.json must be an object/,
    ],
    ['{"flagKey":"a","entityId":"e"}\nnonsense', /r\.json:2 is not JSON/],
    ["[1", /r\.json is not JSON/],
  ];
  for (const [text, message] of rows) {
    assert.throws(() => parseQuestions(text, "r.json"), (error: Error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, message);
      return true;
    });
  }
  assert.deepEqual(parseQuestions('[{"flagKey":"a","entityId":"e","context":{"n":1,"b":true}}]', "r.json"), [
    { flagKey: "a", entityId: "e", context: { n: "1", b: "true" } },
  ]);
  const local = await command(["compare", "--file", "features.yml"]);
  assert.equal(local.code, 2);
  assert.match(local.errors, /compare needs a server, and cannot be combined with --file/);
});

test("answers are the same whatever the order of segments and the way that attachments are written", () => {
  const answer = { match: true, variantKey: "a", reason: "MATCH_EVALUATION_REASON" };
  const one = variantAnswer({ ...answer, segmentKeys: ["x", "y"], variantAttachment: '{"a": 1, "b": "&"}' });
  const other = variantAnswer({
    ...answer,
    segmentKeys: ["y", "x"],
    variantAttachment: '{"b":"\\u0026","a":1}',
  });
  assert.deepEqual(differingMembers(one, other), []);
  assert.deepEqual(differingMembers(one, variantAnswer({ ...answer, segmentKeys: ["x", "y"] })), [
    "variantAttachment",
  ]);
  assert.deepEqual(
    differingMembers(variantAnswer({ ...answer, variantAttachment: "null" }), variantAnswer(answer)),
    [],
  );
  assert.deepEqual(differingMembers(one, { type: "error", reason: "" }), ["type"]);
});
