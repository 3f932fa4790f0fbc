import { Pool } from 'undici';

import { median } from './figures.ts';
import type { HttpStage, Way } from './http-stage.ts';
import { forgetPeak, peakBytes } from './process-facts.ts';
import type { Row } from './rows.ts';

type Large = HttpStage['large'];

/** How long a large answer takes by each way, against nothing between, and how much memory it takes there. */
export async function largeRows(ways: Large, rounds: number): Promise<Row[]> {
  const names = Object.keys(ways) as (keyof Large)[];
  const took = new Map(names.map((name): [keyof Large, Taken[]] => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of names) took.get(name)?.push(await taken(ways[name]));
  }
  const seconds = (name: keyof Large): number => median(took.get(name)?.map((one) => one.seconds) ?? []);
  const megabytes = median(took.get('direct')?.map((one) => one.bytes / 1e6) ?? []);
  const others = (['direct', 'nginx', 'bare'] as const)
    .map((name) => `${name} ${seconds(name).toFixed(2)}`)
    .join(', ');
  return (['passing', 'places', 'masked'] as const).map((name) => {
    const peak = Math.max(...(took.get(name)?.map((one) => one.peakBytes) ?? []));
    return {
      what: `${megabytes.toFixed(0)} MB of JSON, ${whatOf[name]}: MB/s`,
      reached: (megabytes / seconds(name)).toFixed(0),
      figures: `${seconds(name).toFixed(2)} s (${others} s); at most ${(peak / 1e6).toFixed(0)} MB of the gateway's memory`,
    };
  });
}

/** Whether memory grows with the answer. */
export async function tenTimesRow(way: Way): Promise<Row> {
  const { seconds, bytes, peakBytes: peak } = await taken(way);
  return {
    what: `${(bytes / 1e6).toFixed(0)} MB of JSON, ${whatOf.places}: MB of the gateway's memory, at most`,
    reached: (peak / 1e6).toFixed(0),
    figures: `${seconds.toFixed(1)} s`,
  };
}

const whatOf = {
  passing: 'nothing to hide',
  places: 'one place masked',
  masked: 'one place masked and all detectors',
} as const;

interface Taken {
  readonly seconds: number;
  readonly bytes: number;
  /** Of what stands before the API, while it passed. */
  readonly peakBytes: number;
}

async function taken({ origin, path, headers, pid }: Way): Promise<Taken> {
  const pool = new Pool(origin, { connections: 1 });
  if (pid !== undefined) forgetPeak(pid);
  const from = performance.now();
  const { statusCode, body } = await pool.request({ path, method: 'GET', headers });
  if (statusCode !== 200) throw new Error(`${origin} says ${statusCode}: ${await body.text()}`);
  let bytes = 0;
  for await (const chunk of body) if (Buffer.isBuffer(chunk)) bytes += chunk.length;
  const seconds = (performance.now() - from) / 1000;
  await pool.close();
  return { seconds, bytes, peakBytes: pid === undefined ? 0 : peakBytes(pid) };
}
