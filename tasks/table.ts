// Formats tables as text.

/** A column of a table. */
export interface Column {
  /** The title. */
  readonly title: string;
  /** The alignment: right for numbers. @default "left" */
  readonly align?: "left" | "right";
}

/** Returns the lines of a table. The first line has the titles. */
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
