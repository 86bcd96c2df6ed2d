// Finds the name that was probably meant.

/** The candidate nearest to `name`, where one is near enough to be a slip of the keyboard. */
export function closestString(name: string, candidates: readonly string[]): string | undefined {
  const lower = name.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(lower, candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `; did you mean "…"?`, to follow a message about `name`; `""` where no candidate is near. */
export function meantHint(name: string, candidates: readonly string[]): string {
  const meant = closestString(name, candidates);
  return meant === undefined ? "" : `; did you mean "${meant}"?`;
}

/** The same for a URL without its scheme. */
export function schemeHint(url: string): string {
  return /^[\w.-]+(:\d+)?(\/[\w./-]*)?$/.test(url) ? `; did you mean "http://${url}"?` : "";
}

/** How many letters must be added, removed or changed to come from `a` to `b`. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const changed = (row[j] as number) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(changed, row[j + 1] as number + 1, next[j] as number + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
