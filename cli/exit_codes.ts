// The exit codes of the command line: one table for the code, the help and the documentation.

/** The exit codes of the command line. */
export const exitCodes = {
  /** Success. Also for a command that runs until it is interrupted. */
  ok: 0,
  /** A failure without an exit code of its own. */
  failed: 1,
  /** The command line is invalid. */
  usage: 2,
  /** A flag, namespace, environment or file does not exist. */
  notFound: 3,
  /** The server is unreachable, does not respond in time, or fails. */
  unreachable: 4,
  /** The server requires a token, or rejects the given one. */
  refused: 5,
  /** With `--check`: the answer is negative. */
  no: 6,
  /** Interrupted before it finished. */
  interrupted: 130,
} as const;

/** An exit code of the command line. */
export type ExitCode = typeof exitCodes[keyof typeof exitCodes];

/** What each exit code means, for the help. */
export const EXIT_CODE_MEANINGS: Readonly<Record<keyof typeof exitCodes, string>> = {
  ok: "success",
  failed: "failure",
  usage: "the command line is invalid",
  notFound: "a flag, namespace, environment or file does not exist",
  unreachable: "the server is unreachable, does not respond in time, or fails",
  refused: "the server requires a token, or rejects the given one",
  no: "with --check: the answer is negative",
  interrupted: "interrupted before it finished",
};
