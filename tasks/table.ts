// Text in columns.

/** A column of a table. */
export interface Column {
  /** What stands above it. */
  readonly title: string;
  /** Numbers stand to the right. @default "left" */
  readonly align?: "left" | "right";
}

/** The lines of a table, the first being its titles: each column as wide as its widest cell. */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const titles = columns.map(({ title }) => title);
  const widths = columns.map((_, index) =>
    Math.max(...[titles, ...rows].map((cells) => [...(cells[index] ?? "")].length))
  );
  return [titles, ...rows].map((cells) =>
    columns.map(({ align }, index) => {
      const cell = cells[index] ?? "";
      const space = " ".repeat((widths[index] ?? 0) - [...cell].length);
      return align === "right" ? space + cell : cell + space;
    }).join("  ").trimEnd()
  );
}
