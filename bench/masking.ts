// `npm run bench:masking -- [--rounds N] [--rows N] [--only latency,engine,rows] [--profile DIR]`
import { parseArgs } from 'node:util';

import { openEngine, understand } from './engine.ts';
import { largeAnswers, readAll } from './large-answers.ts';
import type { LargeAnswer, Took } from './large-answers.ts';
import { checkShapes, latencies, ways } from './latency.ts';
import type { Way } from './latency.ts';
import { save, stepsTable } from './masking-report.ts';
import type { SizedSteps } from './masking-report.ts';
import { largeRows, latencyRows } from './masking-rows.ts';
import type { LargeRound, LatencyRound } from './masking-rows.ts';
import { setMaskingStage } from './masking-stage.ts';
import type { MaskingStage } from './masking-stage.ts';
import { sensitive, shopSecrets } from './masking-tables.ts';
import type { TargetName } from './masking-tables.ts';
import { RawClient } from './raw-client.ts';
import { line, machineFacts } from './report.ts';
import type { Row } from './rows.ts';
import { sized } from './sized-statements.ts';

const parts = ['latency', 'engine', 'rows'] as const;
const million = 1_000_000;
/** How often each of the 20 shapes is sent in a round. */
const times = 50;
/** A gateway runs for days: the seconds in which V8 still compiles are not what is asked for. */
const warmUpTimes = 150;

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    rows: { type: 'string', default: String(million) },
    only: { type: 'string', default: parts.join(',') },
    profile: { type: 'string' },
  },
});
const rounds = Number(options.rounds);
const rowCount = Number(options.rows);
if (!(rounds >= 1) || !(rowCount >= 1)) {
  process.stderr.write('--rounds and --rows take numbers from 1 on\n');
  process.exit(2);
}

const wanted = new Set(options.only.split(','));
// Before anything of ours loads the machine.
const facts = machineFacts([]);
const stage = await setMaskingStage(rowCount, options.profile);
try {
  const latency: Row[] = [];
  const answers: Row[] = [];
  let steps: SizedSteps[] = [];
  if (wanted.has('latency')) {
    await checkShapes(stage.direct, stage.through('shop'), shopSecrets);
    show(latency, await latencyOf(stage));
  }
  if (wanted.has('engine')) {
    steps = await engineSteps(stage);
    process.stdout.write(`${stepsTable(steps)}\n`);
  }
  if (wanted.has('rows')) for (const answer of largeAnswers) show(answers, await largeAnswer(stage, answer));
  const whole = parts.every((part) => wanted.has(part)) && rounds >= 3 && rowCount === million;
  if (whole) save({ latency, steps, answers }, facts, { rounds, times });
  else process.stdout.write('Only a part, or less than it takes: bench/RESULTS.md stays as it is.\n');
} finally {
  await stage.stop();
}

/** All ways, straight and through the gateway in turns, so that a machine that grows slower does so for all. */
async function latencyOf({ direct, through }: MaskingStage): Promise<Row[]> {
  const straight = await RawClient.open(direct);
  const gateway = await RawClient.open(through('shop'));
  for (const way of ways) await latencies(gateway, way, warmUpTimes);
  const found = await repeated(async () => {
    const round = new Map<Way, LatencyRound>();
    for (const way of ways) {
      round.set(way, {
        direct: await latencies(straight, way, times),
        gateway: await latencies(gateway, way, times),
      });
    }
    return round;
  });
  await straight.close();
  await gateway.close();
  return ways.flatMap((way) => {
    return latencyRows(
      way.what,
      found.flatMap((round) => round.get(way) ?? []),
    );
  });
}

async function engineSteps({ url }: MaskingStage): Promise<SizedSteps[]> {
  const engine = await openEngine(url, sensitive.shop);
  for (const { shape } of sized) understand(engine, shape, warmUpTimes * 4);
  const found = await repeated(async () => sized.map(({ shape }) => understand(engine, shape, times * 4)));
  return sized.map(({ bytes }, at) => ({ bytes, rounds: found.map((round) => round[at] ?? []) }));
}

async function largeAnswer({ direct, through, pid }: MaskingStage, answer: LargeAnswer): Promise<Row[]> {
  const round = async (): Promise<LargeRound> => {
    const straight = await readAll(direct, answer, rowCount);
    const found = new Map<TargetName, Took>();
    for (const { target, secrets } of answer.hidden) {
      found.set(target, await readAll(through(target), answer, rowCount, { pid, secrets }));
    }
    return { direct: straight, through: found };
  };
  await round();
  return largeRows(answer, rowCount, await repeated(round));
}

async function repeated<T>(measure: () => Promise<T>): Promise<T[]> {
  const found: T[] = [];
  for (let round = 0; round < rounds; round++) found.push(await measure());
  return found;
}

function show(all: Row[], rows: readonly Row[]): void {
  all.push(...rows);
  process.stdout.write(rows.map((row) => `${line(row)}\n`).join(''));
}
