import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

import { residentBytes } from '../process-facts.ts';
import { median } from '../figures.ts';

const everyMs = 1_000;

interface Sample {
  readonly atMs: number;
  readonly bytes: number;
}

/** The gateway's memory, looked at every second. */
export class MemoryWatch {
  readonly #samples: Sample[] = [];
  readonly #timer: NodeJS.Timeout;
  readonly #startMs = performance.now();

  constructor(pid: () => number) {
    this.#timer = setInterval(() => {
      const bytes = residentOf(pid());
      if (bytes !== undefined) this.#samples.push({ atMs: performance.now() - this.#startMs, bytes });
    }, everyMs);
  }

  stop(): Memory {
    clearInterval(this.#timer);
    const endMs = performance.now() - this.#startMs;
    const part = (number: 1 | 2): readonly Sample[] =>
      this.#samples.filter(({ atMs }) => atMs >= (endMs * number) / 3 && atMs < (endMs * (number + 1)) / 3);
    const [second, third] = [part(1), part(2)];
    return {
      secondThirdBytes: median(second.map(({ bytes }) => bytes)),
      lastThirdBytes: median(third.map(({ bytes }) => bytes)),
      maxBytes: Math.max(...this.#samples.map(({ bytes }) => bytes)),
      bytesPerMinute: slope([...second, ...third]) * 60_000,
    };
  }
}

export interface Memory {
  readonly secondThirdBytes: number;
  readonly lastThirdBytes: number;
  readonly maxBytes: number;
  /** Of the line through the last two thirds (least squares). */
  readonly bytesPerMinute: number;
}

/** Bytes per millisecond. */
function slope(samples: readonly Sample[]): number {
  const mean = (of: (sample: Sample) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [meanMs, meanBytes] = [mean(({ atMs }) => atMs), mean(({ bytes }) => bytes)];
  const along = samples.map(({ atMs, bytes }) => [atMs - meanMs, bytes - meanBytes] as const);
  const covariance = along.reduce((sum, [ms, bytes]) => sum + ms * bytes, 0);
  return covariance / along.reduce((sum, [ms]) => sum + ms * ms, 0);
}

/** Undefined where it is just being killed. */
function residentOf(pid: number): number | undefined {
  try {
    const bytes = residentBytes(pid);
    return bytes === 0 ? undefined : bytes;
  } catch {
    return undefined;
  }
}

/** Open file descriptors by what they are: `socket`, `pipe` …, or the file's path. */
export function descriptors(pid: number): readonly string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).map((name) => {
    try {
      return readlinkSync(`${folder}/${name}`).replace(/:\[\d+\]$/, '');
    } catch {
      return 'closed';
    }
  });
}

const established = '01';

/** Connections that a port of 127.0.0.1 has at this moment: proc(5), /proc/net/tcp. */
export function connectionsOf(port: number): number {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1);
  return lines.filter((line) => {
    const [, local, , state] = line.trim().split(/\s+/);
    return local?.endsWith(`:${hex}`) === true && state === established;
  }).length;
}
