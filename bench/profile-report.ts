import { list, saveSection } from './report.ts';

export interface Profiled {
  readonly clients: number;
  /** Parts of the main thread's time, which add up to 1. */
  readonly parts: ReadonlyMap<string, number>;
  /** CPU time of the whole process for each statement, while it was profiled. */
  readonly cpuMicros: number;
}

/** Writes the section of the profile in bench/RESULTS.md. */
export function saveProfile(profiled: readonly Profiled[], facts: readonly string[], seconds: number): void {
  const table = profileTable(profiled);
  process.stdout.write(`${table}\n`);
  const body = `
Written by \`npm run bench:profile\`: self time of the gateway's main thread under \`pgbench -S -M prepared\`, ${seconds} s, policy, journal and
masking on; behind each part the microseconds of a statement that it stands for. Profiling itself makes a statement dearer.

${table}

${list(facts)}
${tried}`;
  saveSection('Where the time goes', body);
}

function profileTable(profiled: readonly Profiled[]): string {
  const categories = new Set(profiled.flatMap(({ parts }) => [...parts.keys()]));
  const weight = (category: string): number =>
    profiled.reduce((sum, { parts }) => sum + (parts.get(category) ?? 0), 0);
  const head = [
    'Self time',
    ...profiled.map(({ clients }) => `${clients} client${clients === 1 ? '' : 's'}`),
  ];
  const lines = [...categories]
    .sort((a, b) => weight(b) - weight(a))
    .map((category) => [
      category,
      ...profiled.map(({ parts, cpuMicros }) => cell(parts.get(category) ?? 0, cpuMicros)),
    ]);
  const all = ['all', ...profiled.map(({ cpuMicros }) => cell(1, cpuMicros))];
  return [head, head.map(() => '---'), ...lines, all].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function cell(part: number, cpuMicros: number): string {
  return `${(part * 100).toFixed(1)} %, ${(part * cpuMicros).toFixed(1)} µs`;
}

const tried = `
### What was tried

| What | Result |
| --- | --- |
| \`onread\` into a reused buffer, both ways | no less CPU a statement |
| larger semi-spaces for V8's young generation than the 4 MiB that it has | no less CPU a statement |
| smaller ones: half a megabyte, as a collection that gives everything back leaves them | 12 µs a statement more at 16 clients: src/heap.ts makes them grow again |
| V8's collections of the young generation by one thread | 2 to 4 % less in some rounds, nothing in others: left as it is |
| the search index takes up what is new every quarter of a second, not at once | kept: 139 for 158 µs a statement at 1 client, where each batch was small; nothing at 16 |
| JSON of events put together by hand | no less CPU a statement |
| one write for a whole chunk; one hash and one write of the journal for all sessions of a turn | kept; the figures of the section PostgreSQL are with it |
| memory of chunks given back as soon as they are written, rows masked into the same room again | kept, for the memory of large answers; chunks this small are not touched by it |

At 1 client a statement takes about eight system calls (reads, writes, the journal's write, waits for events), near the fewest that two sockets and a
file can do with. PgBouncer makes its own without a runtime between. A bare pipe of Node's sockets, which looks at nothing, was measured at 41 µs a statement at 16
clients where PgBouncer took 21.
`;
