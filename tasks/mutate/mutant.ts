// A mutant as both tools' reports come to be: where it is, what it changes, and whether a test noticed.

/** Whether a test noticed a mutant. One that no test could get through to its end was noticed, too. */
export type Fate = "killed" | "survived";

/** One change to a file. */
export interface Mutant {
  /** The file, from the folder of the checkout. */
  readonly file: string;
  /** The line that it is in, without the blanks around it. */
  readonly line: string;
  /** What it puts in place of what. */
  readonly change: string;
  /** What its tool finds it by: where it begins and ends, or its name. */
  readonly place: string;
  /** What came of it. */
  readonly fate: Fate;
}

/** The longest text of a change, in characters. */
const MAX_CHANGE = 120;

/** Says what a mutant changes, in a line: the middle of what is long is left out. */
export function changeOf(original: string, replacement: string): string {
  return `${short(original)} -> ${short(replacement)}`;
}

function short(code: string): string {
  const text = code.replace(/\s+/g, " ").trim();
  const half = MAX_CHANGE / 4;
  return text.length <= MAX_CHANGE / 2 ? text : `${text.slice(0, half)} … ${text.slice(-half)}`;
}

/** How a mutant is named in the list of those that are explained. */
export function nameOf({ line, change }: Pick<Mutant, "line" | "change">): string {
  return `${line} ## ${change}`;
}
