import { list, saveSection } from '../report.ts';
import type { Outcome } from './soak.ts';

const memoryNote =
  "Memory is the resident set. No collection is forced, so it rises and falls with V8's heap; a slope over a few minutes does not yet tell a leak from that.";

/** For a terminal: every check, then what was done. */
export function lines({ checks, counts, events, sessions, clients }: Outcome): string[] {
  return [
    ...checks.map(({ what, good, figures }) => `${good ? 'ok    ' : 'FAILED'} ${what}: ${figures}`),
    '',
    `${clients.length} clients, ${sessions} sessions, ${events} events`,
    ...sorted(counts).map(([what, count]) => `${String(count).padStart(8)} ${what}`),
  ];
}

/** Writes the section of the soak in bench/RESULTS.md. */
export function save(
  outcome: Outcome,
  facts: readonly string[],
  how: { minutes: number; seed: number },
): void {
  const { checks, counts, events, sessions, clients, missing, memory, receivedBytes } = outcome;
  const body = `
Written by \`npm run soak\`, by runs of five minutes and more. This one: ${how.minutes} minutes, seed ${how.seed}.

| Afterwards | Holds | Figures |
| --- | --- | --- |
${checks.map(({ what, good, figures }) => `| ${what} | ${good ? 'yes' : '**no**'} | ${figures.replaceAll('|', '/')} |`).join('\n')}

${clients.length} clients at the same time: ${clients.join(', ')}${missing.length === 0 ? '' : `; without ${missing.join(', ')}`}. They opened ${sessions} sessions, received
${(receivedBytes / 1e6).toFixed(0)} MB and left ${events} events. The gateway's memory was at most ${(memory.maxBytes / 1e6).toFixed(0)} MB.

| What happened | Times |
| --- | --- |
${sorted(counts)
  .map(([what, count]) => `| ${what} | ${count} |`)
  .join('\n')}

${list([memoryNote, ...facts])}
`;
  saveSection('Soak', body);
}

function sorted(counts: ReadonlyMap<string, number>): [string, number][] {
  return [...counts].sort(([a], [b]) => a.localeCompare(b));
}
