import { availableParallelism } from 'node:os';

import { median, quantile, spread } from './figures.ts';
import type { Throughput } from './measures.ts';

/** A line of the results. */
export interface Row {
  readonly what: string;
  /** As DESIGN.md §11 has it; absent where nothing is promised. */
  readonly goal?: string;
  readonly reached: string;
  readonly met?: boolean;
  readonly figures: string;
}

interface Round {
  readonly direct: Throughput;
  readonly bouncer: Throughput;
  readonly gateway: Throughput;
}

export function throughputRows(clients: number, rounds: readonly Round[]): Row[] {
  const goal = clients === 1 ? 0.9 : 0.8;
  const ratios = rounds.map(({ bouncer, gateway }) => gateway.tps / bouncer.tps);
  const ratio = median(ratios);
  const tps = (of: keyof Round): string => median(rounds.map((round) => round[of].tps)).toFixed(0);
  const cpu = (of: 'bouncer' | 'gateway'): number => median(rounds.map((round) => round[of].cpuMicros ?? 0));
  const { low, high } = spread(ratios);
  const who = `${clients} client${clients === 1 ? '' : 's'}`;
  return [
    {
      what: `\`pgbench -S -M prepared\`, ${who}: TPS against PgBouncer's`,
      goal: `≥ ${goal}`,
      reached: `${ratio.toFixed(2)} ×`,
      met: ratio >= goal,
      figures: `direct ${tps('direct')}, PgBouncer ${tps('bouncer')}, Sallyport ${tps('gateway')} TPS; rounds ${low.toFixed(2)} to ${high.toFixed(2)}`,
    },
    {
      what: `the same: CPU time per statement against PgBouncer's`,
      reached: `${(cpu('gateway') / cpu('bouncer')).toFixed(2)} ×`,
      figures: `PgBouncer ${cpu('bouncer').toFixed(0)} µs, Sallyport ${cpu('gateway').toFixed(0)} µs`,
    },
  ];
}

/** How several processes compare with one; what they could bring, a machine with few cores cannot show. */
export function workerRows(
  clients: number,
  count: number,
  rounds: readonly Readonly<Record<'bouncer' | 'gateway' | 'workers', Throughput>>[],
): Row[] {
  const ratios = rounds.map(({ bouncer, workers }) => workers.tps / bouncer.tps);
  const { low, high } = spread(ratios);
  const of = (who: 'bouncer' | 'gateway' | 'workers', what: 'tps' | 'cpuMicros'): string =>
    median(rounds.map((round) => round[who][what] ?? 0)).toFixed(0);
  return [
    {
      what: `${clients} clients, \`--workers ${count}\` on ${availableParallelism()} cores that clients and server use too: TPS against PgBouncer's`,
      reached: `${median(ratios).toFixed(2)} ×`,
      figures: `PgBouncer ${of('bouncer', 'tps')}, one process ${of('gateway', 'tps')}, ${count} workers ${of('workers', 'tps')} TPS; CPU time per statement ${of('bouncer', 'cpuMicros')}, ${of('gateway', 'cpuMicros')}, ${of('workers', 'cpuMicros')} µs; rounds ${low.toFixed(2)} to ${high.toFixed(2)}`,
    },
  ];
}

export function rowsRow(reader: string, rounds: readonly { direct: number; gateway: number }[]): Row {
  const ratios = rounds.map(({ direct, gateway }) => gateway / direct);
  const ratio = median(ratios);
  const { low, high } = spread(ratios);
  const direct = median(rounds.map((round) => round.direct));
  const gateway = median(rounds.map((round) => round.gateway));
  return {
    what: `1,000,000 rows, one column masked, read by ${reader}: time against direct`,
    goal: '≤ 1.15',
    reached: `${ratio.toFixed(2)} ×`,
    met: ratio <= 1.15,
    figures: `direct ${direct.toFixed(0)} ms, Sallyport ${gateway.toFixed(0)} ms; rounds ${low.toFixed(2)} to ${high.toFixed(2)}`,
  };
}

export function openRows(took: {
  readonly direct: readonly number[];
  readonly fixed: readonly number[];
  readonly minted: readonly number[];
}): Row[] {
  const p50 = median(took.minted);
  const p99 = quantile(took.minted, 0.99);
  return [
    {
      what: `new session with a minted role, ${took.minted.length} one after the other`,
      goal: 'p50 ≤ 15 ms, p99 ≤ 40 ms',
      reached: `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
      met: p50 <= 15 && p99 <= 40,
      figures: `with one user for all ${percentiles(took.fixed)}; direct ${percentiles(took.direct)}`,
    },
  ];
}

function percentiles(ms: readonly number[]): string {
  return `p50 ${median(ms).toFixed(1)}, p99 ${quantile(ms, 0.99).toFixed(1)} ms`;
}

export function idleRow(bytes: number, sessions: number): Row {
  const kb = bytes / 1000;
  return {
    what: `memory of an idle session that has run a statement, at ${sessions} of them`,
    goal: '≤ 40 KB',
    reached: `${kb.toFixed(0)} KB`,
    met: kb <= 40,
    figures: 'growth of the resident set',
  };
}

export function startRow(took: readonly number[]): Row {
  const ms = median(took);
  const { low, high } = spread(took);
  return {
    what: 'start to listening',
    goal: '≤ 500 ms',
    reached: `${ms.toFixed(0)} ms`,
    met: ms <= 500,
    figures: `${took.length} starts on existing data, ${low.toFixed(0)} to ${high.toFixed(0)} ms`,
  };
}
