// Markdown as `deno fmt` leaves it, so that generated and formatted pages are the same, and the marked places that
// generated text goes to.

/** How wide prose may be: `fmt.lineWidth` of deno.json. */
const WIDTH = 110;

/** A table, its columns as wide as their widest cells. A bar in a cell is escaped. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [titles, ...rows].map((cells) => cells.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = titles.map((_, column) => Math.max(3, ...all.map((cells) => widthOf(cells[column] ?? ""))));
  const lines = all.map((cells) =>
    widths.map((width, column) => {
      const cell = cells[column] ?? "";
      return cell + " ".repeat(width - widthOf(cell));
    })
  );
  lines.splice(1, 0, widths.map((width) => "-".repeat(width)));
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** How many columns a text takes: it is one a character in all that is written here. */
function widthOf(text: string): number {
  return [...text].length;
}

/** Text as code. */
export function code(text: string): string {
  return `\`${text}\``;
}

/** Text in which options, calls and variables are code. */
export function marked(text: string): string {
  return text.replace(
    /(?<![\w`])(--[a-z][\w-]*|[A-Za-z]\w*(?:\.\w+)*(?:<\w+>)?\(\)|[A-Z]+(?:_[A-Z]+)+|\w+\.yml|[a-z]\w*: "[^"]+")(?![\w`])/g,
    "`$1`",
  );
}

/** A paragraph, or with `indent` the lines below the beginning of a list's item, broken where the line is full. */
export function paragraph(text: string, indent = ""): string {
  const lines: string[] = [];
  let line = "";
  // Code is not broken.
  for (const [word] of text.matchAll(/(?:`[^`]*`|\S)+/g)) {
    if (line !== "" && widthOf(line) + 1 + widthOf(word) > WIDTH) {
      lines.push(line);
      line = indent + word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join("\n");
}

/** What stands for generated text on a page: `<!-- generated: options -->` to `<!-- end -->`. */
const PLACE = /(?<=^<!-- generated: (?<name>[\w-]+) -->\n)[^]*?(?=^<!-- end -->$)/gm;

/** The names of the places on a page. */
export function placesOf(page: string): string[] {
  return [...page.matchAll(PLACE)].map(({ groups }) => groups?.["name"] ?? "");
}

/**
 * Puts generated texts into their places.
 * @throws {Error} when the page has a place that nothing is generated for, or a mark without its other end.
 */
export function filled(page: string, texts: Readonly<Record<string, () => string>>): string {
  const marks = [...page.matchAll(/^<!-- (?:generated\b.*|end) -->$/gm)].length;
  if (marks !== placesOf(page).length * 2) throw new Error("a mark of a generated text lacks its other end");
  return page.replace(PLACE, (...found) => {
    const { name } = found.at(-1) as { readonly name: string };
    const text = texts[name];
    if (text === undefined) throw new Error(`nothing is generated for "${name}"`);
    return `\n${text()}\n\n`;
  });
}
