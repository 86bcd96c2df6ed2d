// The options of commands that evaluate one flag for one entity, and the request that is made from them.

import { quote } from "../core/describe.ts";
import { closestString } from "../core/closest_string.ts";
import type { EvaluationRequest, Flag } from "../core/types.ts";
import type { FliptClient } from "../src/client.ts";
import { errorText } from "../core/errors.ts";
import { parseOverrides } from "../src/evaluation/override_text.ts";
import type { ClientNeeds } from "./client_options.ts";
import type { Operand, OptionGroup } from "./command.ts";
import { NotFoundError, UsageError } from "./errors.ts";
import { readText, sourceName } from "./files.ts";
import type { CommandArguments } from "./command_arguments.ts";
import type { Io } from "./io.ts";

/** The flag to evaluate. */
export const FLAG_OPERAND: Operand = { name: "FLAG", summary: "the key of the flag" };

/** The entity and the context of an evaluation. */
export const REQUEST_OPTIONS: OptionGroup = {
  title: "entity and context",
  options: {
    entity: { type: "text", value: "ID", summary: "the ID of the entity (required)" },
    context: {
      type: "list",
      short: "c",
      value: "KEY=VALUE",
      summary: "a property of the context",
    },
    "context-file": {
      type: "text",
      value: "FILE",
      summary: "the context as a JSON object; - reads stdin; --context overrides its properties",
    },
    overrides: {
      type: "text",
      value: "FLAG=VALUE,…",
      summary: "what answers in the place of flags, such as new-checkout=true,theme=dark, or JSON",
      variable: "FLIPT_OVERRIDES",
    },
  },
};

/**
 * Returns the evaluation request that the arguments describe.
 * @throws {UsageError} (rejects) when it is incomplete or invalid.
 */
export async function requestOf(args: CommandArguments, io: Io, command: string): Promise<EvaluationRequest> {
  const [flagKey = ""] = args.operands;
  const entityId = args.text("entity");
  if (entityId === undefined) throw new UsageError(`${command} needs --entity ID`, command);
  const file = args.text("context-file");
  const context: Record<string, unknown> = file === undefined ? {} : await contextIn(file, io);
  for (const pair of args.list("context")) {
    const at = pair.indexOf("=");
    if (at < 1) throw new UsageError(`--context takes KEY=VALUE, but was given ${quote(pair)}`, command);
    // An assignment would lose a property named __proto__.
    Object.defineProperty(context, pair.slice(0, at), {
      value: pair.slice(at + 1),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return { flagKey, entityId, context };
}

/**
 * Returns the overrides that the user gave.
 * @throws {UsageError} when they cannot be read.
 */
export function overridesOf(args: CommandArguments, command: string): ClientNeeds {
  const text = args.text("overrides");
  if (text === undefined || text === "") return {};
  try {
    return { overrides: parseOverrides(text, "--overrides") };
  } catch (cause) {
    throw new UsageError(errorText(cause), command, { cause });
  }
}

async function contextIn(path: string, io: Io): Promise<Record<string, unknown>> {
  const text = await readText(path, io);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`the context in ${sourceName(path)} is not JSON`, undefined, { cause: error });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UsageError(`the context in ${sourceName(path)} must be a JSON object`);
  }
  return value as Record<string, unknown>;
}

/**
 * Returns the flag with a key.
 * @throws {NotFoundError} when there is none; the message suggests a similar key.
 */
export function flagOf(client: FliptClient, key: string, namespace: string): Flag {
  const flags = client.listFlags();
  const flag = flags.find((each) => each.key === key);
  if (flag !== undefined) return flag;
  const meant = closestString(key, flags.map((each) => each.key));
  const hint = meant === undefined
    ? `; "flipt-ffi list" shows all ${flags.length}`
    : `; did you mean "${meant}"?`;
  throw new NotFoundError(`there is no flag ${quote(key)} in the namespace ${quote(namespace)}${hint}`);
}

/** Returns the type of a flag as one word. */
export function typeOf(flag: Pick<Flag, "type">): "boolean" | "variant" {
  return flag.type === "BOOLEAN_FLAG_TYPE" ? "boolean" : "variant";
}
