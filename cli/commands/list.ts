// `list`: lists the flags of a namespace.

import type { Flag } from "../../core/types.ts";
import { CLIENT_OPTION_GROUPS, openClient } from "../client_options.ts";
import type { Command } from "../command.ts";
import { typeOf } from "../evaluation_options.ts";
import type { ExitCode } from "../exit_codes.ts";
import { exitCodes } from "../exit_codes.ts";
import type { CommandArguments } from "../command_arguments.ts";
import type { Io } from "../io.ts";
import type { Cell } from "../output.ts";
import { printJson, printLine, printTable } from "../output.ts";

/** Lists the flags of a namespace. */
export const list: Command = {
  name: "list",
  summary: "Lists the flags of a namespace",
  operands: [],
  options: CLIENT_OPTION_GROUPS,
  examples: [
    { does: "the flags of a namespace", line: "list --url http://localhost:8080 --namespace shop" },
    { does: "only the keys", line: "list --json | jq -r '.[].key'" },
  ],
  run,
};

async function run(args: CommandArguments, io: Io): Promise<ExitCode> {
  const { client, namespace, origin } = await openClient(args, io);
  try {
    const flags = client.listFlags().sort((a, b) => a.key < b.key ? -1 : 1);
    if (args.is("json")) printJson(io.stdout, flags);
    else if (flags.length === 0) {
      printLine(io.stderr, `there are no flags in the namespace ${namespace} of ${origin}`);
    } else printTable(io.stdout, ["flag", "type", "enabled", "default", "description"], flags.map(row));
    return exitCodes.ok;
  } finally {
    client.close();
  }
}

function row(flag: Flag): Cell[] {
  return [
    flag.key,
    typeOf(flag),
    flag.enabled ? { text: "yes", style: "green" } : { text: "no", style: "yellow" },
    flag.defaultVariant?.key ?? "",
    flag.description ?? "",
  ];
}
