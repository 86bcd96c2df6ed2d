// `compare`: shows where a server's own evaluation API and the local engines answer differently.

import { portableEngine } from "../../engines/portable/mod.ts";
import type { FlagDocument } from "../../engines/document.ts";
import { quote } from "../../core/describe.ts";
import { EvaluationError } from "../../core/errors.ts";
import type { FliptClient } from "../../src/client.ts";
import { initClient } from "../../src/client.ts";
import { systemClock } from "../../ffi/system_clock.ts";
import { resolveOptions } from "../../src/options/options.ts";
import { CLIENT_OPTION_GROUPS, openClient } from "../client_options.ts";
import type { Command } from "../command.ts";
import type { CommandArguments } from "../command_arguments.ts";
import type { ComparedAnswer } from "../compare/answer.ts";
import { answerText, booleanAnswer, variantAnswer } from "../compare/answer.ts";
import type { Parting } from "../compare/comparison.ts";
import { alike, partingOf } from "../compare/comparison.ts";
import { askServer } from "../compare/evaluation_api.ts";
import type { Question } from "../compare/questions.ts";
import { parseQuestions, questionsAbout, questionText } from "../compare/questions.ts";
import { documentOf } from "../document.ts";
import { NotFoundError, UsageError } from "../errors.ts";
import type { ExitCode } from "../exit_codes.ts";
import { exitCodes } from "../exit_codes.ts";
import { readText, sourceName } from "../files.ts";
import type { Io } from "../io.ts";
import { pluralize, printable, printFacts, printJson, printLine, style } from "../output.ts";
import { DEFAULT_TIMEOUT_SECONDS } from "../source_options.ts";

const DEFAULT_MAX_REQUESTS = 200;

/** Compares the answers of a server's own evaluation API with those of the local engines. */
export const compare: Command = {
  name: "compare",
  summary: "Shows where a server's own evaluation API and clients answer differently",
  notes: [
    "The local engines evaluate the flag state that the server sends, as every client does. The requests come from a file, " +
    "or are generated from the flags' constraints: values on each side of every bound, and values that servers and clients " +
    "parse differently.",
    "If the server records evaluations, it also records these.",
  ],
  operands: [{
    name: "FLAG",
    summary: "the key of a flag to compare; without one, all",
    optional: true,
    repeated: true,
  }],
  options: [
    {
      title: "requests",
      options: {
        "requests-file": {
          type: "text",
          value: "FILE",
          summary: "a JSON list of requests, or one per line, with flagKey, entityId, context; - reads stdin",
        },
        most: {
          type: "text",
          value: "NUMBER",
          summary: "the maximum number of generated requests per flag",
          default: String(DEFAULT_MAX_REQUESTS),
        },
      },
    },
    {
      title: "output",
      options: {
        all: { type: "switch", summary: "show every difference, not only one of similar ones" },
        check: { type: "switch", summary: "exit with code 6 when there is a difference" },
      },
    },
    ...CLIENT_OPTION_GROUPS,
  ],
  examples: [
    { does: "every flag of a namespace", line: "compare --url http://localhost:8080 --namespace shop" },
    {
      does: "requests from a file",
      line: "compare --requests-file requests.ndjson --namespace shop --check",
    },
  ],
  run,
};

async function run(args: CommandArguments, io: Io): Promise<ExitCode> {
  const local = ["file", "snapshot"].find((option) => args.isGiven(option));
  if (local !== undefined) {
    throw new UsageError(`compare needs a server, and cannot be combined with --${local}`, compare.name);
  }
  const most = args.integer("most", 1, 100_000) ?? DEFAULT_MAX_REQUESTS;
  const { client, origin, options } = await openClient(args, io);
  try {
    const document = documentOf(client.getSnapshot());
    const questions = await questionsOf(args, io, document, most);
    const settings = resolveOptions(options);
    const deadline = { origin, seconds: options.requestTimeout ?? DEFAULT_TIMEOUT_SECONDS };
    const server = await askServer(settings, questions, deadline);
    const clients = await clientAnswers(client, document, questions);
    const partings = questions.flatMap((question, index) => {
      const own = Object.fromEntries(clients.map(([kind, answers]) => [kind, answers[index] ?? NO_ANSWER]));
      return partingOf({ question, server: server[index] ?? NO_ANSWER, clients: own }, document) ?? [];
    });
    if (args.is("json")) printJson(io.stdout, { asked: questions.length, differences: partings });
    else printPartings(args, io, partings, questions.length);
    return args.is("check") && partings.length > 0 ? exitCodes.no : exitCodes.ok;
  } finally {
    client.close();
  }
}

async function questionsOf(
  args: CommandArguments,
  io: Io,
  document: FlagDocument,
  most: number,
): Promise<Question[]> {
  const wanted = new Set(args.operands);
  const file = args.text("requests-file");
  if (file !== undefined) {
    const all = parseQuestions(await readText(file, io), sourceName(file));
    return all.filter(({ flagKey }) => wanted.size === 0 || wanted.has(flagKey));
  }
  const missing = args.operands.find((key) => document.flags.every((flag) => flag.key !== key));
  if (missing !== undefined) {
    throw new NotFoundError(`there is no flag ${quote(missing)}; "flipt-ffi list" shows all`);
  }
  return document.flags.filter(({ key }) => wanted.size === 0 || wanted.has(key))
    .flatMap((flag) => questionsAbout(flag, most));
}

const NO_ANSWER: ComparedAnswer = { type: "error", reason: "NOT_FOUND_ERROR_EVALUATION_REASON" };

/** Returns the answers of the chosen engine and, if it is another one, of the portable engine. */
async function clientAnswers(
  client: FliptClient,
  document: FlagDocument,
  questions: readonly Question[],
): Promise<[kind: string, answers: ComparedAnswer[]][]> {
  const own: [string, ComparedAnswer[]] = [
    client.engine.kind,
    questions.map((each) => answerOf(client, each)),
  ];
  if (client.engine.kind === "portable") return [own];
  const source = { load: () => Promise.resolve(JSON.stringify(document)) };
  const options = { source, namespace: document.namespace.key, engine: "portable" } as const;
  const portable = await initClient(options, {
    clock: systemClock,
    chooseEngine: () => Promise.resolve(portableEngine()),
  });
  try {
    return [own, ["portable", questions.map((each) => answerOf(portable, each))]];
  } finally {
    portable.close();
  }
}

function answerOf(client: FliptClient, question: Question): ComparedAnswer {
  try {
    const [response] = client.evaluateBatch([question]).responses;
    switch (response?.type) {
      case "BOOLEAN_EVALUATION_RESPONSE_TYPE": {
        const { enabled, reason } = response.booleanEvaluationResponse;
        return booleanAnswer(enabled, reason);
      }
      case "VARIANT_EVALUATION_RESPONSE_TYPE":
        return variantAnswer(response.variantEvaluationResponse);
      case "ERROR_EVALUATION_RESPONSE_TYPE":
        return { type: "error", reason: response.errorEvaluationResponse.reason };
    }
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
  }
  return NO_ANSWER;
}

function printPartings(args: CommandArguments, io: Io, partings: readonly Parting[], asked: number): void {
  const { stdout, stderr } = io;
  const groups = args.is("all") ? partings.map((parting) => [parting]) : alike(partings);
  for (const group of groups) {
    const [parting] = group;
    if (parting === undefined) continue;
    const more = group.length === 1 ? "" : `, and ${pluralize(group.length - 1, "request")} like it`;
    printLine(
      stdout,
      style(stdout, "bold", printable(questionText(parting.question))) + style(stdout, "dim", more),
    );
    printFacts(stdout, [
      ["  server", answerText(parting.server), "yellow"],
      ...Object.entries(parting.clients).map(([kind, answer]): [string, string, "green"] => [
        `  ${kind}`,
        answerText(answer),
        "green",
      ]),
      ...(parting.causes.length === 0
        ? [["  why", "no known difference explains it"] as const]
        : parting.causes.map(({ where, why, difference }): [string, string] => [
          "  why",
          `${where === undefined ? "" : `${where}: `}${why} [${difference}]`,
        ])),
    ]);
  }
  const unknown = partings.filter(({ causes }) => causes.length === 0).length;
  const result = partings.length === 0
    ? "all answers are the same"
    : `${pluralize(partings.length, "answer")} differ${partings.length === 1 ? "s" : ""}${
      unknown === 0 ? ", all for known reasons" : `, ${unknown} for no known reason`
    }`;
  printLine(stderr, `${pluralize(asked, "request")}: ${result}`);
}
