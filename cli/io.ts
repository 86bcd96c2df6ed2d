// The interface between a command and its process. Tests and other programs can provide their own.

/** A stream that text is written to. */
export interface Output {
  /** Writes text as it is. A reader that has gone away is not an error. */
  write(text: string): void;
  /** Whether text may be coloured. */
  readonly styled: boolean;
  /** The width at which text is wrapped, in columns. */
  readonly columns: number;
  /** Whether it is a terminal: elsewhere, lines that programs may read are not wrapped. @default false */
  readonly isTerminal?: boolean;
}

/** The environment, input and output of a command. */
export interface Io {
  /** The environment variables. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where results go. */
  readonly stdout: Output;
  /** Where errors and progress go. */
  readonly stderr: Output;
  /** Reads stdin to its end. Returns its text. */
  stdin(): Promise<string>;
  /**
   * Returns a signal that is aborted when the program is to end: on Ctrl-C, SIGTERM or the like, or when the reader of
   * its output has gone away. After the first call, SIGTERM and the like no longer end the process by themselves.
   */
  interruption(): AbortSignal;
}
