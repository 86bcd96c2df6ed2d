// What a process takes of the machine while it runs, and whether that grows.

import { readdirSync, readFileSync } from "node:fs";

/** A look at a process. */
export interface Sample {
  /** When, in seconds since the beginning. */
  readonly seconds: number;
  /** Resident memory, in bytes. */
  readonly memory: number;
  /** Open files, sockets included. */
  readonly files: number;
  /** Threads. */
  readonly threads: number;
}

/** Looks at a process; `undefined` where the system does not say (only Linux does), or the process has ended. */
export function sampleOf(pid: number, seconds: number): Sample | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const value = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
    return {
      seconds,
      memory: value("VmRSS") * 1024,
      files: readdirSync(`/proc/${pid}/fd`).length,
      threads: value("Threads"),
    };
  } catch {
    return undefined;
  }
}

/** A line through points. */
export interface Line {
  /** By how much it rises an hour. */
  readonly slope: number;
  /** The standard error of that. */
  readonly error: number;
  /** The mean of the values. */
  readonly mean: number;
  /** How many points there were. */
  readonly points: number;
}

/** Fits a line by least squares; `undefined` for fewer than three points. */
export function fit(points: readonly (readonly [seconds: number, value: number])[]): Line | undefined {
  const count = points.length;
  if (count < 3) return undefined;
  const mean = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0) / count;
  const hours = points.map(([seconds]) => seconds / 3600);
  const values = points.map(([, value]) => value);
  const [meanHour, meanValue] = [mean(hours), mean(values)];
  let [xx, xy] = [0, 0];
  for (const [index, hour] of hours.entries()) {
    xx += (hour - meanHour) ** 2;
    xy += (hour - meanHour) * ((values[index] ?? 0) - meanValue);
  }
  const slope = xy / xx;
  let residuals = 0;
  for (const [index, hour] of hours.entries()) {
    residuals += ((values[index] ?? 0) - meanValue - slope * (hour - meanHour)) ** 2;
  }
  return { slope, error: Math.sqrt(residuals / (count - 2) / xx), mean: meanValue, points: count };
}

/** The means of the samples of each minute: neighbours in time are alike, and would pass for more evidence than they are. */
export function minuteMeans(samples: readonly Sample[]): (readonly [seconds: number, bytes: number])[] {
  const minutes = new Map<number, number[]>();
  for (const { seconds, memory } of samples) {
    const minute = Math.floor(seconds / 60);
    minutes.set(minute, [...minutes.get(minute) ?? [], memory]);
  }
  return [...minutes].map(([minute, values]) =>
    [minute * 60 + 30, values.reduce((sum, each) => sum + each, 0) / values.length] as const
  );
}

/** The samples from which on a process is judged: it has to come to rest first. */
export function settled(samples: readonly Sample[], minutes: number): readonly Sample[] {
  const warmUp = Math.min(10, minutes / 4) * 60;
  return samples.filter(({ seconds }) => seconds >= warmUp);
}

/** The growth that is within noise: no more than three standard errors, or so small that it is none. */
export function isFlat(line: Line): boolean {
  return line.slope <= 3 * line.error || line.slope < 0.01 * line.mean;
}

/** The medians of the first and of the last third. */
export function medians(values: readonly number[]): readonly [first: number, last: number] {
  const third = Math.ceil(values.length / 3);
  const median = (some: readonly number[]): number =>
    [...some].sort((a, b) => a - b)[some.length >> 1] ?? NaN;
  return [median(values.slice(0, third)), median(values.slice(-third))];
}
