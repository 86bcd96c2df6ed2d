// The glob patterns of `.flipt.yml`.

/**
 * Returns a regular expression for a glob over paths with slashes: `*` matches any part of a name, `**` any folders,
 * `?` one character, `[ab]` one of several characters, `{a,b}` one of several strings.
 * @throws {SyntaxError} when the glob is invalid.
 */
export function globPattern(glob: string): RegExp {
  const clean = glob.replace(/^(?:\.?\/)+/, "");
  let pattern = "";
  let braces = 0;
  for (let i = 0; i < clean.length; i++) {
    const rest = clean.slice(i);
    const set = /^\[!?[^\]/]+\]/.exec(rest)?.[0];
    if (rest.startsWith("**/")) {
      pattern += "(?:.*/)?";
      i += 2;
    } else if (rest.startsWith("**")) {
      pattern += ".*";
      i++;
    } else if (rest.startsWith("*")) pattern += "[^/]*";
    else if (rest.startsWith("?")) pattern += "[^/]";
    else if (rest.startsWith("{") && rest.includes("}")) {
      pattern += "(?:";
      braces++;
    } else if (rest.startsWith("}") && braces > 0) {
      pattern += ")";
      braces--;
    } else if (rest.startsWith(",") && braces > 0) pattern += "|";
    else if (set !== undefined) {
      const characters = set.slice(1, -1).replace(/^!/, "^").replace(/[\\\]]/g, "\\$&");
      pattern += `[${characters}]`;
      i += set.length - 1;
    } else pattern += clean[i]?.replace(/[$()*+.\/?[\\\]^{|}]/, "\\$&");
  }
  return new RegExp(`^${pattern}$`, "u");
}
