// The definition of an option. Parsing and help are both driven by it.

/** An option of a command. */
export interface OptionDefinition {
  /** `text` takes a value, `list` takes one each time it is given, `switch` takes none. */
  readonly type: "text" | "list" | "switch";
  /** What it does, in a few words. */
  readonly summary: string;
  /** The placeholder of the value in the help, such as `FILE`; for `text` and `list`. */
  readonly value?: string;
  /** The one-letter alias. */
  readonly short?: string;
  /** The environment variable that applies when the option is not given. */
  readonly variable?: string;
  /** The default, as text for the help. */
  readonly default?: string;
}
