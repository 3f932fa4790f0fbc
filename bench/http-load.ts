import { Pool } from 'undici';

import type { Way } from './http-stage.ts';
import { cpuMs } from './process-facts.ts';

/** One round of requests, each connection asking as soon as it has its answer. */
export interface Load {
  readonly perSecond: number;
  /** Milliseconds of each request. */
  readonly took: readonly number[];
  /** CPU time of what stands before the API for each request; undefined where nothing does. */
  readonly cpuMicros: number | undefined;
}

export async function load(way: Way, connections: number, seconds: number): Promise<Load> {
  const pool = new Pool(way.origin, { connections, pipelining: 1 });
  const before = way.pid === undefined ? 0 : cpuMs(way.pid);
  const from = performance.now();
  const took: number[] = [];
  const ask = async (): Promise<void> => {
    for (let at = from; at - from < seconds * 1000;) {
      const { statusCode, body } = await pool.request({
        path: way.path,
        method: 'GET',
        headers: way.headers,
      });
      const text = await body.text();
      if (statusCode !== 200 || text.length < 200)
        throw new Error(`${way.origin} says ${statusCode}: ${text}`);
      const now = performance.now();
      took.push(now - at);
      at = now;
    }
  };
  await Promise.all(Array.from({ length: connections }, ask));
  const elapsed = performance.now() - from;
  const after = way.pid === undefined ? 0 : cpuMs(way.pid);
  await pool.close();
  return {
    perSecond: (took.length * 1000) / elapsed,
    took,
    cpuMicros: way.pid === undefined ? undefined : ((after - before) * 1000) / took.length,
  };
}
