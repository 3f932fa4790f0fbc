// `npm run bench:memory -- [--sessions N] [--crowd N] [--megabytes N] [--answer GB] [--only streams,idle]`
import { execFileSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { save } from './memory-report.ts';
import { idleMemoryRow, streamRow, streams } from './memory-rows.ts';
import type { Stream } from './memory-rows.ts';
import { setMemoryStage } from './memory-stage.ts';
import type { MemoryStage, TargetName } from './memory-stage.ts';
import { forgetPeak, peakBytes, residentBytes } from './process-facts.ts';
import { settled } from './measures.ts';
import { RawClient } from './raw-client.ts';
import { line, machineFacts } from './report.ts';
import type { Row } from './rows.ts';

const { values: options } = parseArgs({
  options: {
    sessions: { type: 'string', default: '1000' },
    crowd: { type: 'string', default: '10000' },
    megabytes: { type: 'string', default: '500' },
    answer: { type: 'string', default: '10' },
    only: { type: 'string', default: 'streams,idle' },
  },
});
const wanted = new Set(options.only.split(','));
const sizes = { rowBytes: Number(options.megabytes) * 1e6, answerBytes: Number(options.answer) * 1e9 };
/** Two files a session, and some for the gateway itself. */
const filesMax = Number(execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }));
const crowd = Math.min(Number(options.crowd), Math.floor((filesMax - 200) / 2));

// Before anything of ours loads the machine.
const facts = [...machineFacts([]), `Files that a process may have open: ${filesMax}`];
const stage = await setMemoryStage();
try {
  const rows: Row[] = [];
  const show = (row: Row): void => {
    rows.push(row);
    process.stdout.write(`${line(row)}\n`);
  };
  if (wanted.has('streams')) for (const stream of streams(sizes)) show(await streamed(stage, stream));
  if (wanted.has('idle')) {
    show(await idle(stage, 'masked', Number(options.sessions), 'SELECT email FROM person'));
    show(await idle(stage, 'crowd', crowd));
  }
  const whole = wanted.size === 2 && sizes.rowBytes >= 5e8 && sizes.answerBytes >= 1e10;
  if (whole) save(rows, facts);
  else process.stdout.write('Only a part, or less than it takes: bench/RESULTS.md stays as it is.\n');
} finally {
  await stage.stop();
}

/** In a process that has done nothing else, so that one stream's memory is not another's. */
async function streamed(on: MemoryStage, stream: Stream): Promise<Row> {
  await on.restart();
  // What loading the program left behind is gone by then (src/heap.ts).
  await pause(4_000);
  const client = await RawClient.open(on.through(stream.target));
  await client.query('SELECT email FROM person');
  forgetPeak(on.pid);
  const before = residentBytes(on.pid);
  const from = performance.now();
  const bytes = await client.query(stream.text);
  const seconds = (performance.now() - from) / 1000;
  if (bytes < stream.bytesMin) throw new Error(`only ${bytes} bytes came for ${stream.text}`);
  const row = streamRow(stream, { before, peak: peakBytes(on.pid), bytes, seconds });
  await client.close();
  return row;
}

/** Bytes of the gateway's memory for each of `count` sessions that rest, after `text` where one is given. */
async function idle(on: MemoryStage, target: TargetName, count: number, text?: string): Promise<Row> {
  await on.restart();
  await pause(4_000);
  // What opening so many makes the heap grow by is not the idle ones'.
  const first = Math.min(count, 1_000);
  await Promise.all((await openAll(on, target, first, text)).map((client) => client.close()));
  await settled(on.pid);
  const before = residentBytes(on.pid);
  const clients = await openAll(on, target, count, text);
  await settled(on.pid);
  const row = idleMemoryRow(target, count, { before, after: residentBytes(on.pid) });
  await Promise.all(clients.map((client) => client.close()));
  return row;
}

async function openAll(
  on: MemoryStage,
  target: TargetName,
  count: number,
  text: string | undefined,
): Promise<RawClient[]> {
  const clients: RawClient[] = [];
  while (clients.length < count) {
    const some = Math.min(16, count - clients.length);
    const opened = await Promise.all(
      Array.from({ length: some }, () => RawClient.open(on.through(target), 4096)),
    );
    if (text !== undefined) for (const client of opened) await client.query(text);
    clients.push(...opened);
  }
  return clients;
}
