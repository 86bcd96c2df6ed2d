// The text format of Prometheus, version 0.0.4.

/** The labels of a sample; one that is `undefined` is left out. */
export type Labels = Readonly<Record<string, string | undefined>>;

/** A value of a metric. */
export interface Sample {
  /** Its labels. */
  readonly labels: Labels;
  /** The value. */
  readonly value: number;
}

/** A metric. */
export interface Metric {
  /** The name. */
  readonly name: string;
  /** What it counts or measures. */
  readonly help: string;
  /** The type. */
  readonly type: "counter" | "gauge";
  /** Its values now. */
  readonly samples: Iterable<Sample>;
}

/** What the text is, for the header `Content-Type`. */
export const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Names of labels that Prometheus takes; those that begin with two underscores are its own. */
export const LABEL_NAME: RegExp = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Returns metrics as text, each sample with the labels in `common`. A metric without samples is left out. */
export function exposition(metrics: readonly Metric[], common: Labels): string {
  return metrics.map(({ name, help, type, samples }) => {
    const lines = [...samples].map(({ labels, value }) =>
      `${name}${labelText({ ...common, ...labels })} ${value}\n`
    );
    return lines.length === 0 ? "" : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
  }).join("");
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}="${escaped(value)}"`]
  );
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(value: string): string {
  return value.toWellFormed().replace(
    /[\\"\n]/g,
    (character) => character === "\n" ? "\\n" : `\\${character}`,
  );
}
