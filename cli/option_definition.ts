// What there is to say of an option of the command line: parsing and help both read it.

/** An option of a command. */
export interface OptionDefinition {
  /** `text` takes a value, `list` takes one each time it is given, `switch` takes none. */
  readonly type: "text" | "list" | "switch";
  /** What it does, in a few words. */
  readonly summary: string;
  /** What the value is called in the help; for `text` and `list`. */
  readonly value?: string;
  /** The one letter that it goes by, too. */
  readonly short?: string;
  /** The environment variable that stands in for it. */
  readonly variable?: string;
  /** What holds when it is not given, as the help says it. */
  readonly default?: string;
}
