// When a server wants to be asked again.

/**
 * The seconds that a `Retry-After` header asks for, whether it gives them or a date; `undefined` when it gives neither.
 * A date is compared with the server's own clock where the response tells it.
 */
export function retryAfterSeconds(headers: { get(name: string): string | null }): number | undefined {
  const value = headers.get("retry-after")?.trim() ?? "";
  if (/^\d+$/.test(value)) return Number(value);
  const now = Date.parse(headers.get("date") ?? "") || Date.now();
  const millis = Date.parse(value) - now;
  return Number.isNaN(millis) ? undefined : Math.max(0, Math.ceil(millis / 1000));
}
