// `npm run bench:http -- [--rounds N] [--seconds S]`
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

import { median, quantile, spread } from './figures.ts';
import { largeRows, tenTimesRow } from './http-large.ts';
import { load } from './http-load.ts';
import type { Load } from './http-load.ts';
import { setHttpStage } from './http-stage.ts';
import type { HttpStage } from './http-stage.ts';
import { line, list, machineFacts, saveSection, table } from './report.ts';
import type { Row } from './rows.ts';

const ways = ['direct', 'nginx', 'bare', 'passing', 'masked'] as const;
type WayName = (typeof ways)[number];
const connectionCounts = [1, 16] as const;
const warmUpSeconds = 4;
/** A round of large answers takes a while. */
const largeRoundsMax = 3;

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '3' } },
});
const rounds = Number(options.rounds);
const seconds = Number(options.seconds);
if (spawnSync('nginx', ['-v']).error !== undefined) {
  process.stderr.write('nginx is not installed. On Debian: apt-get install nginx-light\n');
  process.exit(2);
}

const facts = machineFacts([]);
const stage = await setHttpStage();
try {
  const rows: Row[] = [];
  for (const connections of connectionCounts)
    rows.push(...rowsOf(connections, await measured(stage, connections)));
  rows.push(...(await largeRows(stage.large, Math.min(rounds, largeRoundsMax))));
  rows.push(await tenTimesRow(stage.tenTimes));
  process.stdout.write(rows.map((row) => `${line(row)}\n`).join(''));
  if (rounds >= 5) saveSection('HTTP', report(rows));
  else process.stdout.write('Less than 5 rounds: bench/RESULTS.md stays as it is.\n');
} finally {
  await stage.stop();
}

type Round = Readonly<Record<WayName, Load>>;

/** All ways in every round, so that a machine that grows slower does so for all. */
async function measured(of: HttpStage, connections: number): Promise<Round[]> {
  for (const way of ways) await load(of[way], connections, warmUpSeconds);
  const found: Round[] = [];
  for (let round = 0; round < rounds; round++) {
    const one: Partial<Record<WayName, Load>> = {};
    for (const way of ways) one[way] = await load(of[way], connections, seconds);
    found.push(one as Round);
  }
  return found;
}

function rowsOf(connections: number, found: readonly Round[]): Row[] {
  const who = `${connections} connection${connections === 1 ? '' : 's'}`;
  const perSecond = (way: WayName): string => median(found.map((round) => round[way].perSecond)).toFixed(0);
  const cpu = (way: WayName): string => median(found.map((round) => round[way].cpuMicros ?? 0)).toFixed(0);
  const late = (way: WayName, part: number): string =>
    quantile(
      found.flatMap((round) => round[way].took),
      part,
    ).toFixed(2);
  return (['masked', 'passing'] as const).flatMap((way) => {
    const what =
      way === 'masked' ? 'small JSON, masked by place and all detectors' : 'small JSON, nothing to hide';
    const ratios = found.map((round) => round[way].perSecond / round.bare.perSecond);
    const ratio = median(ratios);
    const { low, high } = spread(ratios);
    const goal = way === 'masked' ? { goal: '≥ 0.5', met: ratio >= 0.5 } : {};
    return [
      {
        what: `${what}, ${who}: requests/s against a bare Node reverse proxy`,
        ...goal,
        reached: `${ratio.toFixed(2)} ×`,
        figures: `direct ${perSecond('direct')}, nginx ${perSecond('nginx')}, bare Node ${perSecond('bare')}, Sallyport ${perSecond(way)}; rounds ${low.toFixed(2)} to ${high.toFixed(2)}`,
      },
      {
        what: 'the same: CPU time per request, and p50, p99 of a request',
        reached: `${cpu(way)} µs`,
        figures: `nginx ${cpu('nginx')}, bare Node ${cpu('bare')} µs; p50/p99 ms: direct ${late('direct', 0.5)}/${late('direct', 0.99)}, nginx ${late('nginx', 0.5)}/${late('nginx', 0.99)}, bare ${late('bare', 0.5)}/${late('bare', 0.99)}, Sallyport ${late(way, 0.5)}/${late(way, 0.99)}`,
      },
    ];
  });
}

function report(rows: readonly Row[]): string {
  const how = [
    `Medians of ${rounds} rounds of ${seconds} s; in every round each way takes its turn, and ratios are formed within a round.`,
    'A JSON record of 250 bytes, GET, HTTP/1.1 kept alive, plain on loopback for all. The bare proxy is node:http before undici, and looks at nothing; the gateway verifies, decides, records and masks.',
  ];
  return [
    'Written by `npm run bench:http`.',
    '',
    table(rows),
    '',
    list(facts),
    '',
    '### How it was measured',
    '',
    list(how),
  ].join('\n');
}
