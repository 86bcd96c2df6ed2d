// `engine install`: installs the reference library.

import type { Command } from "../command.ts";
import type { ExitCode } from "../exit_codes.ts";
import { exitCodes } from "../exit_codes.ts";
import type { CommandArguments } from "../command_arguments.ts";
import type { Io } from "../io.ts";
import { printable, printJson, printLine } from "../output.ts";
import { installReferenceLibrary, REFERENCE_PACKAGE } from "../reference_wheel.ts";

/** Installs the reference library. */
export const engineInstall: Command = {
  name: "engine install",
  summary: "Installs Flipt's reference library for this platform",
  notes: [
    `The library is part of the wheel of ${REFERENCE_PACKAGE} on PyPI, which is downloaded with pip unless you provide ` +
    "it. It is verified against the SHA-256 of that release and installed into your cache folder, where " +
    'engine: "flipt-engine-ffi" finds it. engine: "auto" only uses it when FLIPT_ENGINE_PATH names it.',
  ],
  operands: [],
  options: [
    {
      title: "source of the library",
      options: {
        wheel: { type: "text", value: "FILE", summary: "the wheel", default: "downloaded with pip" },
      },
    },
  ],
  examples: [
    { does: "download with pip", line: "engine install" },
    {
      does: "without a network, from a wheel that was downloaded elsewhere",
      line: "engine install --wheel flipt_client.whl",
    },
  ],
  run,
};

function run(args: CommandArguments, io: Io): Promise<ExitCode> {
  return new Promise((resolve) => {
    const installed = installReferenceLibrary(args.text("wheel"), io.environment);
    if (args.is("json")) printJson(io.stdout, installed);
    else {
      printLine(io.stderr, installed.wasThere ? "already installed and verified" : "installed");
      printLine(io.stdout, printable(installed.path));
    }
    resolve(exitCodes.ok);
  });
}
