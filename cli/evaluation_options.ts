// The options of commands that ask one flag about one entity, and what they make.

import { quote } from "../core/describe.ts";
import { closestString } from "../core/closest_string.ts";
import type { EvaluationRequest, Flag } from "../core/types.ts";
import type { FliptClient } from "../src/client.ts";
import type { Operand, OptionGroup } from "./command.ts";
import { NotFoundError, UsageError } from "./errors.ts";
import { readText } from "./files.ts";
import type { CommandArguments } from "./command_arguments.ts";
import type { Io } from "./io.ts";

/** The flag that is asked. */
export const flagOperand: Operand = { name: "FLAG", summary: "the key of the flag" };

/** About whom the flag is asked. */
export const requestOptions: OptionGroup = {
  title: "about whom",
  options: {
    entity: { type: "text", value: "ID", summary: "the entity, needed" },
    context: {
      type: "list",
      short: "c",
      value: "KEY=VALUE",
      summary: "what is known of the entity",
    },
    "context-file": {
      type: "text",
      value: "FILE",
      summary: "the same as a JSON object; - reads the input; --context goes before it",
    },
  },
};

/**
 * The question that was typed.
 * @throws {UsageError} (rejects) when it is incomplete or not usable.
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
    // Assigning would lose a property named __proto__.
    Object.defineProperty(context, pair.slice(0, at), {
      value: pair.slice(at + 1),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return { flagKey, entityId, context };
}

async function contextIn(path: string, io: Io): Promise<Record<string, unknown>> {
  const text = await readText(path, io);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`the context in ${path === "-" ? "the input" : path} is no JSON`, undefined, {
      cause: error,
    });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UsageError(`the context in ${path === "-" ? "the input" : path} must be a JSON object`);
  }
  return value as Record<string, unknown>;
}

/**
 * The flag of a client that has the key.
 * @throws {NotFoundError} when there is none; the message says which one was probably meant.
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

/** The type of a flag in a word. */
export function typeOf(flag: Pick<Flag, "type">): "boolean" | "variant" {
  return flag.type === "BOOLEAN_FLAG_TYPE" ? "boolean" : "variant";
}
