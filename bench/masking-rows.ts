import { median, quantile, spread } from './figures.ts';
import type { LargeAnswer, Took } from './large-answers.ts';
import type { Latencies } from './latency.ts';
import type { TargetName } from './masking-tables.ts';
import type { Row } from './rows.ts';
import { kinds } from './statements.ts';
import type { Kind } from './statements.ts';

/** What one round of one way took, straight and through the gateway. */
export interface LatencyRound {
  readonly direct: Latencies;
  readonly gateway: Latencies;
}

const kindNames: Readonly<Record<Kind, string>> = {
  plain: 'no hidden column named',
  sensitive: 'hidden columns named',
};

export function latencyRows(way: string, rounds: readonly LatencyRound[]): Row[] {
  return kinds.map((kind) => {
    const ratios = rounds.map(({ direct, gateway }) => median(gateway[kind]) / median(direct[kind]));
    const added = median(rounds.map(({ direct, gateway }) => median(gateway[kind]) - median(direct[kind])));
    const { low, high } = spread(ratios);
    const all = (of: keyof LatencyRound): string => percentiles(rounds.flatMap((round) => round[of][kind]));
    return {
      what: `${way}; ${kindNames[kind]}: p50 against direct`,
      reached: `${median(ratios).toFixed(2)} ×, +${added.toFixed(0)} µs`,
      figures: `direct ${all('direct')}, Sallyport ${all('gateway')}; rounds ${low.toFixed(2)} to ${high.toFixed(2)}`,
    };
  });
}

function percentiles(micros: readonly number[]): string {
  return `p50 ${median(micros).toFixed(0)}, p99 ${quantile(micros, 0.99).toFixed(0)} µs`;
}

/** What one round of a large answer took, straight and by target. */
export interface LargeRound {
  readonly direct: Took;
  readonly through: ReadonlyMap<TargetName, Took>;
}

export function largeRows(answer: LargeAnswer, rows: number, rounds: readonly LargeRound[]): Row[] {
  return answer.hidden.map(({ target, what, goal }) => {
    const found = rounds.flatMap(({ direct, through }) => {
      const gateway = through.get(target);
      return gateway === undefined ? [] : [{ direct, gateway }];
    });
    const ratios = found.map(({ direct, gateway }) => gateway.ms / direct.ms);
    const { low, high } = spread(ratios);
    const ms = (of: 'direct' | 'gateway'): string => median(found.map((round) => round[of].ms)).toFixed(0);
    const mb = (of: 'direct' | 'gateway'): string => ((found[0]?.[of].bytes ?? 0) / 1e6).toFixed(0);
    const cpu = median(found.map(({ gateway }) => gateway.cpuMs)).toFixed(0);
    return {
      what: `${rows.toLocaleString('en')} ${answer.what}; ${what}: time against direct`,
      ...(goal === undefined ? {} : { goal: `≤ ${goal}`, met: median(ratios) <= goal }),
      reached: `${median(ratios).toFixed(2)} ×`,
      figures: `direct ${ms('direct')} ms for ${mb('direct')} MB, Sallyport ${ms('gateway')} ms for ${mb('gateway')} MB, ${cpu} ms of CPU time; rounds ${low.toFixed(2)} to ${high.toFixed(2)}`,
    };
  });
}
