// When a server wants to be asked again.

/**
 * The seconds that a `Retry-After` header asks for, whether it gives them or a date; `undefined` when it gives neither.
 * A date is compared with the server's own clock where the response tells it.
 */
export function retryAfterSeconds(headers: { get(name: string): string | null }): number | undefined {
  const value = headers.get("retry-after")?.trim();
  if (!value) return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  const date = Date.parse(value);
  if (Number.isNaN(date)) return undefined;
  const serverTime = Date.parse(headers.get("date") ?? "");
  const now = Number.isNaN(serverTime) ? Date.now() : serverTime;
  return Math.max(0, Math.ceil((date - now) / 1000));
}
