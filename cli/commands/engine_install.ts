// `engine install`: the reference library.

import type { Command } from "../command.ts";
import type { ExitCode } from "../exit_codes.ts";
import { exitCodes } from "../exit_codes.ts";
import type { CommandArguments } from "../command_arguments.ts";
import type { Io } from "../io.ts";
import { printable, say, sayJson } from "../output.ts";
import { installReferenceLibrary, referencePackage } from "../reference_wheel.ts";

/** Gets the reference library. */
export const engineInstall: Command = {
  name: "engine install",
  summary: "Gets Flipt's reference library for this platform",
  notes: [
    `It is in the wheel of ${referencePackage} on PyPI, which pip downloads, or which you bring. The library is checked ` +
    'against a SHA-256 that this program knows, and kept in your cache folder, where engine: "flipt-engine-ffi" finds ' +
    "it. The engine auto uses it only when FLIPT_ENGINE_PATH names it.",
  ],
  operands: [],
  options: [
    {
      title: "where it comes from",
      options: {
        wheel: { type: "text", value: "FILE", summary: "the wheel", default: "downloaded with pip" },
      },
    },
  ],
  examples: [
    { does: "with pip and network", line: "engine install" },
    {
      does: "without network, from a wheel that was brought",
      line: "engine install --wheel flipt_client.whl",
    },
  ],
  run,
};

function run(args: CommandArguments, io: Io): Promise<ExitCode> {
  return new Promise((resolve) => {
    const installed = installReferenceLibrary(args.text("wheel"), io.environment);
    if (args.is("json")) sayJson(io.stdout, installed);
    else {
      say(io.stderr, installed.wasThere ? "it is there already, and is the one that is meant" : "installed");
      say(io.stdout, printable(installed.path));
    }
    resolve(exitCodes.ok);
  });
}
